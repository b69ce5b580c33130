/**
 * Rules about what is sent, received and refused over HTTP.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.transport;
