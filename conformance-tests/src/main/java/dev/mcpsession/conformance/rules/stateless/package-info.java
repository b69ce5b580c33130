/**
 * Rules about servers without sessions in revisions that have them.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.stateless;

import org.jspecify.annotations.NullMarked;
