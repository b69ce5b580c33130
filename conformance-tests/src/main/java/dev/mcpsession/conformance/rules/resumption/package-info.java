/**
 * Rules about event ids, and streams that are resumed.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.resumption;
