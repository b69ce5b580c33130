/**
 * Known verdicts, and the comparison of a run with them.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.baseline;

import org.jspecify.annotations.NullMarked;
