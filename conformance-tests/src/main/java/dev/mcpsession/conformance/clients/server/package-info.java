/**
 * A small HTTP server on loopback that shows requests as they came, and lets replies be sent byte by byte.
 *
 * <p>Internal: no API.
 */
@NullMarked
package dev.mcpsession.conformance.clients.server;

import org.jspecify.annotations.NullMarked;
