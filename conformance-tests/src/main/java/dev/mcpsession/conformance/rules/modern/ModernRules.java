package dev.mcpsession.conformance.rules.modern;

/** The revisions without sessions. */
public final class ModernRules {
}
