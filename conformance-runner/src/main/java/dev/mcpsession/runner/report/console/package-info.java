/**
 * What the console shows: a run while it goes on, its summary, and the explanation of a verdict.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner.report.console;
