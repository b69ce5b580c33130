package dev.mcpsession.conformance.judgement;

import org.opentest4j.TestAbortedException;

/** Ends a rule without saying that it is kept or broken. */
public final class RuleAbortedException extends TestAbortedException {
    private static final long serialVersionUID = 1L;

    private final Verdict verdict;

    private RuleAbortedException(Verdict verdict, String why) {
        super(why);
        this.verdict = verdict;
    }

    public Verdict verdict() {
        return verdict;
    }

    /** The replies prove nothing. */
    public static RuleAbortedException inconclusive(String why) {
        return new RuleAbortedException(Verdict.INCONCLUSIVE, why);
    }

    /** The server does not offer the thing. */
    public static RuleAbortedException notApplicable(String why) {
        return new RuleAbortedException(Verdict.NOT_APPLICABLE, why);
    }

    /** The kit was not told enough; {@code why} names the option that would help. */
    public static RuleAbortedException notTestable(String why) {
        return new RuleAbortedException(Verdict.NOT_TESTABLE, why);
    }
}
