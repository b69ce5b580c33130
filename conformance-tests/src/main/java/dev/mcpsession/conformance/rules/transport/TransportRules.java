package dev.mcpsession.conformance.rules.transport;

/** The Streamable HTTP transport that sessions live in. */
public final class TransportRules {
}
