/**
 * Rules about event ids, and streams that are resumed.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.resumption;

import org.jspecify.annotations.NullMarked;
