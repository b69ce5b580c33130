/**
 * The recorder, which stands between a client and a server, takes down what they say, and injects faults.
 *
 * <p>Internal: no API.
 */
package dev.mcpsession.runner.clients;
