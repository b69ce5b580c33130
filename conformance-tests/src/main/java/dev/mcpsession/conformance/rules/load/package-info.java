/**
 * Rules about many clients at once.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.load;

import org.jspecify.annotations.NullMarked;
