/**
 * The model of the reports, and what is made from it: console, HTML, Markdown, JSON and JUnit XML.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner.report;
