/**
 * The list of the kit's own rules; the rules of each area are in a package below.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules;

import org.jspecify.annotations.NullMarked;
