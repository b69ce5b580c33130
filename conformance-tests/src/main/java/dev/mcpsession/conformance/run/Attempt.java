package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.judgement.Verdict;

/**
 * The outcome of running a rule once.
 *
 * @param violation whether the rule was seen broken, and that counts
 * @param suspicion whether that has to be seen again before it counts
 */
record Attempt(RuleResult result, boolean violation, boolean suspicion) {

    static Attempt undecided(RuleResult result) {
        return new Attempt(result, false, false);
    }

    boolean inconclusive() {
        return result.verdict() == Verdict.INCONCLUSIVE;
    }

    boolean notRun() {
        return result.verdict() == Verdict.NOT_RUN;
    }
}
