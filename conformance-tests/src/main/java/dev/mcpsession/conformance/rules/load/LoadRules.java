package dev.mcpsession.conformance.rules.load;

/** Many clients at once; only where asked for. */
public final class LoadRules {
}
