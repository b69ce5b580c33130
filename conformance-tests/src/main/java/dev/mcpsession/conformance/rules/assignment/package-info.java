/**
 * Rules about how a session id is assigned.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.assignment;

import org.jspecify.annotations.NullMarked;
