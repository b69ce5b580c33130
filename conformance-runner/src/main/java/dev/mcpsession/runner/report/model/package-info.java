/**
 * The model that every report is written from: a run, its targets, results and exchanges, read from and written to
 * {@code report.json}; and what is concluded from it, such as causes.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.report.model;

import org.jspecify.annotations.NullMarked;
