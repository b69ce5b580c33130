/**
 * Rules about settings that a server must accept or refuse.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.configuration;

import org.jspecify.annotations.NullMarked;
