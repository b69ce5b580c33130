/**
 * Rules about requests whose session id is missing, unknown or malformed.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.required;

import org.jspecify.annotations.NullMarked;
