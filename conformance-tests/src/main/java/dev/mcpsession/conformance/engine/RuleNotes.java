package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.rule.RuleInfo;

/** Where the notes of rules are on the class path. */
final class RuleNotes {
    private RuleNotes() {}

    static String resource(RuleInfo rule) {
        return "dev/mcpsession/notes/rules/" + rule.id() + ".md";
    }
}
