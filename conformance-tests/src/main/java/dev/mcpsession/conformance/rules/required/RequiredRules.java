package dev.mcpsession.conformance.rules.required;

/** What a server answers when the session id is missing, unknown or malformed. */
public final class RequiredRules {
}
