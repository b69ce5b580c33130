/**
 * Setting text: width and colour of a screen, signs for verdicts, breaking lines. Knows nothing of a run.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.text;

import org.jspecify.annotations.NullMarked;
