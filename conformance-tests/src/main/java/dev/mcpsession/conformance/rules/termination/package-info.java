/**
 * Rules about DELETE, and what holds after it.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.termination;
