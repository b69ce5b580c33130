/**
 * Rules about sessions, requests and connections at the same time.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.concurrency;
