package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;

/**
 * Tells whether other rules of the run have opened sessions since a certain moment. A fault that falls on whoever opens
 * the next session, or has opened the newest, falls on another rule's client then, and this rule would see nothing.
 */
public final class Company {
    private final Openings openings;
    private final long begun;
    private final boolean underWay;

    Company(Openings openings) {
        this.openings = openings;
        // In this order: what is answered in between has begun before, too.
        underWay = openings.areUnderWay();
        begun = openings.begun();
    }

    /** Whether nobody else has opened a session since; {@code own} as below. */
    boolean isNone(int own) {
        return !underWay && openings.begun() - begun <= own;
    }

    /**
     * Makes sure that nobody else has opened a session since.
     *
     * @param own the number of {@code initialize} requests that the rule itself has sent since
     * @throws RuleAbortedException inconclusive, if another rule has, so that the rule is tried again, in the end alone
     */
    public void mustBeNone(int own) {
        if (!isNone(own)) {
            throw RuleAbortedException.inconclusive(
                    "other rules opened sessions at the same moment, and may have met what this one looks for");
        }
    }
}
