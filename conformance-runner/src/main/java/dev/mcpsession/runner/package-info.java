/**
 * The program.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
package dev.mcpsession.runner;
