/**
 * The commands, one class each. {@code Cli} is the program without its process.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner.cli.command;
