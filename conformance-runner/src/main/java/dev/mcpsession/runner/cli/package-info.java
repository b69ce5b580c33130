/**
 * The command line: commands, options, target files, and what becomes of a call.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner.cli;
