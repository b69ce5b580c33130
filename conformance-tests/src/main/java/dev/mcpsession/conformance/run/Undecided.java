package dev.mcpsession.conformance.run;

import org.opentest4j.TestAbortedException;

/** Ends a rule without saying that it is kept or broken. */
public final class Undecided extends TestAbortedException {
    private static final long serialVersionUID = 1L;

    private final Verdict verdict;

    private Undecided(Verdict verdict, String why) {
        super(why);
        this.verdict = verdict;
    }

    public Verdict verdict() {
        return verdict;
    }

    /** What came proves nothing. */
    public static Undecided inconclusive(String why) {
        return new Undecided(Verdict.INCONCLUSIVE, why);
    }

    /** The server does not offer the thing. */
    public static Undecided notApplicable(String why) {
        return new Undecided(Verdict.NOT_APPLICABLE, why);
    }

    /** The kit was not told enough; {@code why} names the option that would help. */
    public static Undecided notTestable(String why) {
        return new Undecided(Verdict.NOT_TESTABLE, why);
    }
}
