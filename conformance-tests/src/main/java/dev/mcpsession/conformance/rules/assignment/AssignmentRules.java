package dev.mcpsession.conformance.rules.assignment;

/** Which session ids a server assigns, and when. */
public final class AssignmentRules {
}
