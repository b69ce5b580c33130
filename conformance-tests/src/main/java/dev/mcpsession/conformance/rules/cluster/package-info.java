/**
 * Rules about servers that run as several nodes.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.cluster;
