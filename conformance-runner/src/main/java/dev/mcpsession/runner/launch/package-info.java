/**
 * Starting and ending servers, as processes or embedded.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.launch;

import org.jspecify.annotations.NullMarked;
