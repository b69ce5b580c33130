/**
 * Rules about what is sent, received and refused over HTTP.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.transport;

import org.jspecify.annotations.NullMarked;
