/**
 * Rules about how a session id is assigned.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.assignment;
