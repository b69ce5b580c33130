/**
 * Rules about calls that are cancelled.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.cancellation;

import org.jspecify.annotations.NullMarked;
