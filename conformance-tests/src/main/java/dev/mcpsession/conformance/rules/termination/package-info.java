/**
 * Rules about DELETE, and what holds after it.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.termination;

import org.jspecify.annotations.NullMarked;
