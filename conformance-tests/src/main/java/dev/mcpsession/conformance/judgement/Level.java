package dev.mcpsession.conformance.judgement;

import java.util.List;

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

    /** From the most binding on: the order in which rules explain one another. */
    private static final List<Level> BINDING = List.of(MUST, CONTRACT, SHOULD, ADVICE, INFO);

    private final Verdict whenBroken;

    Level(Verdict whenBroken) {
        this.whenBroken = whenBroken;
    }

    /** The verdict on a server that breaks a rule of this level. */
    public Verdict whenBroken() {
        return whenBroken;
    }

    /** Whether this binds at least as much as another level: MUST, then CONTRACT, SHOULD, ADVICE, and INFO. */
    public boolean bindsLike(Level other) {
        return BINDING.indexOf(this) <= BINDING.indexOf(other);
    }
}
