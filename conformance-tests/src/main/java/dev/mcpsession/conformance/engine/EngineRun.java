package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.run.RunRequest;

/**
 * A run that is about to begin.
 *
 * @param resource closed when the run is over
 */
record EngineRun(RunRequest request, AutoCloseable resource) {}
