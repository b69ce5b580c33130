/**
 * Judging with the options given: the rules are chosen, run, held against a baseline, and reported.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.cli.judge;

import org.jspecify.annotations.NullMarked;
