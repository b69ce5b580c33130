package dev.mcpsession.conformance.run;

/**
 * A case that has no verdict yet.
 *
 * @param first the outcome of the attempt that left it open
 */
record OpenCase(RuleCase judged, RuleResult first) {}
