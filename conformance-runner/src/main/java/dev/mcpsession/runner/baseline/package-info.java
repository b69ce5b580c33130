/**
 * Known verdicts, and the comparison of a run with them.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner.baseline;
