/**
 * The commands, one class each. {@code Cli} is the program without its process.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.cli.command;

import org.jspecify.annotations.NullMarked;
