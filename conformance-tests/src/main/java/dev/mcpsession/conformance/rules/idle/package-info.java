/**
 * Rules about when idle sessions end, and when they do not.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.idle;

import org.jspecify.annotations.NullMarked;
