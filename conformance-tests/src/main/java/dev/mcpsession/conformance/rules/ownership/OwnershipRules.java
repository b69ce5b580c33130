package dev.mcpsession.conformance.rules.ownership;

/** That a session belongs to the user who opened it. */
public final class OwnershipRules {
}
