/**
 * The server to judge, made from options or a target file: URL, headers, TLS, proxy, how to launch it.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.cli.target;

import org.jspecify.annotations.NullMarked;
