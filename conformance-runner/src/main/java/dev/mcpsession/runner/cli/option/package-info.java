/**
 * The options that commands share, and how their values are read.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.cli.option;

import org.jspecify.annotations.NullMarked;
