/**
 * A call from the outside: its streams and terminal, signals, what is wrong with it, and its exit status.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.cli.console;

import org.jspecify.annotations.NullMarked;
