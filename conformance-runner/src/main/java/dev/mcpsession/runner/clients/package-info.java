/**
 * The recorder, which stands between a client and a server, takes down what they say, and injects faults.
 *
 * <p>Internal: no API.
 */
@NullMarked
package dev.mcpsession.runner.clients;

import org.jspecify.annotations.NullMarked;
