/**
 * Rules of the catalogue about servers, judged by a trace of what a server and its clients said to each other.
 *
 * <p>Internal: no API.
 */
@NullMarked
package dev.mcpsession.conformance.clients.servers;

import org.jspecify.annotations.NullMarked;
