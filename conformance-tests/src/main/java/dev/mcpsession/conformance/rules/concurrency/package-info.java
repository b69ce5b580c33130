/**
 * Rules about sessions, requests and connections at the same time.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.concurrency;

import org.jspecify.annotations.NullMarked;
