/**
 * Processes that the kit starts, with all that they start, and the end of what they print.
 *
 * <p>Internal: no API.
 */
@NullMarked
package dev.mcpsession.conformance.process;

import org.jspecify.annotations.NullMarked;
