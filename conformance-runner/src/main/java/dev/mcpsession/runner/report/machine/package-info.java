/**
 * Reports for other programs: JSON, JUnit XML, SARIF and HAR.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.machine;

import org.jspecify.annotations.NullMarked;
