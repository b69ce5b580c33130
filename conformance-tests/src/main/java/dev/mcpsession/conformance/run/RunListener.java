package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.time.Duration;

/** Told how a run goes on, by several threads at once. */
public interface RunListener {
    /** The survey is over; so many verdicts are to come. */
    default void surveyed(Survey survey, int expected) {}

    default void started(RuleInfo rule, Revision revision) {}

    /** A rule lets time pass on purpose. */
    default void waiting(RuleInfo rule, Revision revision, String why, Duration span) {}

    /** A rule sends a request; what comes is not known yet. */
    default void exchanging(RuleInfo rule, Revision revision, Transcript.Entry entry) {}

    /** A rule seems broken, and is about to be run again alone. */
    default void confirming(RuleInfo rule, Revision revision) {}

    default void finished(RuleResult result) {}
}
