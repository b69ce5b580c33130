/**
 * Rules about calls that are cancelled.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.cancellation;
