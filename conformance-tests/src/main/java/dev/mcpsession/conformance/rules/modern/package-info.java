/**
 * Rules about revisions without sessions.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.modern;

import org.jspecify.annotations.NullMarked;
