/**
 * Rules about revisions without sessions.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.modern;
