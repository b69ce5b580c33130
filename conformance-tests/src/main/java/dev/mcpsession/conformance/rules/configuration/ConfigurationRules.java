package dev.mcpsession.conformance.rules.configuration;

/** Which idle timeouts a server accepts, and which it refuses to start with. */
public final class ConfigurationRules {
}
