/**
 * Rules about whose session it is.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.ownership;

import org.jspecify.annotations.NullMarked;
