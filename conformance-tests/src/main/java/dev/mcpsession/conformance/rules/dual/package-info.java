/**
 * Rules about servers that speak revisions with and without sessions.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.dual;

import org.jspecify.annotations.NullMarked;
