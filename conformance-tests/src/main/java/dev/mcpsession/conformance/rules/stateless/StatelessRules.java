package dev.mcpsession.conformance.rules.stateless;

/** How a server without sessions behaves in the legacy revisions. */
public final class StatelessRules {
}
