package dev.mcpsession.conformance.rules.dual;

/** Servers that speak legacy and modern revisions at once. */
public final class DualRules {
}
