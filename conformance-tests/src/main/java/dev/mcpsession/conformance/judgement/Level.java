package dev.mcpsession.conformance.judgement;

/** How binding a rule is, and by whom. */
public enum Level {
    /** The specification says MUST. */
    MUST(Verdict.FAIL),
    /** The specification says SHOULD. */
    SHOULD(Verdict.WARN),
    /** The session contract of this kit requires it; see spec-notes. */
    CONTRACT(Verdict.FAIL),
    /** The security best practices, or the interest of users, speak for it. */
    ADVICE(Verdict.WARN),
    /** Nothing is required: the rule reports what the server does. */
    INFO(Verdict.PASS);

    private final Verdict whenBroken;

    Level(Verdict whenBroken) {
        this.whenBroken = whenBroken;
    }

    /** The verdict on a server that breaks a rule of this level. */
    public Verdict whenBroken() {
        return whenBroken;
    }
}
