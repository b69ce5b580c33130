/**
 * The kit's own rules about clients.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.clients.rules;
