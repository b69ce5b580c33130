/**
 * One run against one server: the survey, running a rule, confirming suspicions, the checks around disruptive rules,
 * cleaning up, ending a run early, and the results.
 *
 * <p>Results and listeners are API for those who run the suite; the rest is package-private.
 */
@NullMarked
package dev.mcpsession.conformance.run;

import org.jspecify.annotations.NullMarked;
