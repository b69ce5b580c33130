/**
 * The kit's own rules about clients.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.clients.rules;

import org.jspecify.annotations.NullMarked;
