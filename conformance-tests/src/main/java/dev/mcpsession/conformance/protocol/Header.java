package dev.mcpsession.conformance.protocol;

/** One header field of a request or reply, in the case that it was sent or received in. */
public record Header(String name, String value) {}
