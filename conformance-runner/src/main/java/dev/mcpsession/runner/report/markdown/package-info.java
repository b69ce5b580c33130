/**
 * Reports in Markdown, and the changes between two runs.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.markdown;

import org.jspecify.annotations.NullMarked;
