package dev.mcpsession.conformance.judgement;

/** Something that was seen and shows that a rule is broken, such as an exchange. */
public interface Evidence {
    /** A few words that say what it is, such as {@code POST tools/call}. */
    String describe();
}
