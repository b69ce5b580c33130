/**
 * The HTML report of a run, and the page that shows many runs side by side. The templates are in {@code src/main/jte}.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.html;

import org.jspecify.annotations.NullMarked;
