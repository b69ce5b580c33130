/**
 * The program.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner;

import org.jspecify.annotations.NullMarked;
