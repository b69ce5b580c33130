/**
 * Rules about when idle sessions end, and when they do not.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.idle;
