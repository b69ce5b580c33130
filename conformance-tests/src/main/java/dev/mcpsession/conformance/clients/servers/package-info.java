/**
 * Rules of the catalogue about servers, judged by a trace of what a server and its clients said to each other.
 *
 * <p>Internal: no API.
 */
package dev.mcpsession.conformance.clients.servers;
