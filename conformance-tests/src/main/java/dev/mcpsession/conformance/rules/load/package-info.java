/**
 * Rules about many clients at once.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.load;
