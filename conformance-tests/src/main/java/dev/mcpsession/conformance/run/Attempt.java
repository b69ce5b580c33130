package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.judgement.Verdict;

/**
 * The outcome of running a rule once.
 *
 * @param violation whether the rule was seen broken, and that counts
 * @param suspicion whether that has to be seen again before it counts
 * @param spent whether the rule has used up its time, so that it is not run again
 */
record Attempt(RuleResult result, boolean violation, boolean suspicion, boolean spent) {

    Attempt(RuleResult result, boolean violation, boolean suspicion) {
        this(result, violation, suspicion, false);
    }

    static Attempt undecided(RuleResult result) {
        return new Attempt(result, false, false);
    }

    /** The same attempt, after which the rule has used up its time, or not. */
    Attempt spent(boolean allOfIt) {
        return new Attempt(result, violation, suspicion, allOfIt);
    }

    /** Whether another attempt may show more. */
    boolean inconclusive() {
        return result.verdict() == Verdict.INCONCLUSIVE && !spent;
    }

    boolean notRun() {
        return result.verdict() == Verdict.NOT_RUN;
    }
}
