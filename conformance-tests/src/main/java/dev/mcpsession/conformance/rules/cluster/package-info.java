/**
 * Rules about servers that run as several nodes.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.cluster;

import org.jspecify.annotations.NullMarked;
