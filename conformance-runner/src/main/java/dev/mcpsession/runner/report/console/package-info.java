/**
 * What the console shows: a run while it goes on, its summary, and the explanation of a verdict.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.console;

import org.jspecify.annotations.NullMarked;
