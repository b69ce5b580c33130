package dev.mcpsession.conformance.rules.resumption;

/** Event ids, and streams that are taken up again. */
public final class ResumptionRules {
}
