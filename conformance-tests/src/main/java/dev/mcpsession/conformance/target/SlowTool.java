package dev.mcpsession.conformance.target;

import tools.jackson.databind.JsonNode;

/** A tool of the server under test that takes longer than the idle timeout, and the arguments that make it so. */
public record SlowTool(String name, JsonNode arguments) {}
