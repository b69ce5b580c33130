/**
 * Rules as data: the annotation, what a rule requires of a server and of other rules, the catalogue, and frozen
 * catalogues.
 *
 * <p>Part of the API for authors of rules.
 */
@NullMarked
package dev.mcpsession.conformance.rule;

import org.jspecify.annotations.NullMarked;
