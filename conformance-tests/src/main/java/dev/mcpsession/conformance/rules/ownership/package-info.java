/**
 * Rules about whose session it is.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.ownership;
