package dev.mcpsession.conformance.judgement;

/** The kit's judgement of a server by one rule. */
public enum Verdict {
    /** The server keeps the rule, in what was tried. */
    PASS,
    /** A MUST or a CONTRACT is broken. */
    FAIL,
    /** A SHOULD or an ADVICE is broken. */
    WARN,
    /** The server does not offer the thing that the rule is about. */
    NOT_APPLICABLE,
    /** The kit was not told what the rule needs. */
    NOT_TESTABLE,
    /** The replies prove neither that the rule is kept nor that it is broken. */
    INCONCLUSIVE,
    /** The kit itself is at fault. */
    ERROR,
    /** The run ended before the rule had its turn. */
    NOT_RUN;

    /** Whether the server was found to break the rule. */
    public boolean isViolation() {
        return this == FAIL || this == WARN;
    }
}
