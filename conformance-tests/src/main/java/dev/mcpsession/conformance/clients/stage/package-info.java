/**
 * The servers that the kit puts in front of a client, and the scripts by which they behave.
 *
 * <p>Part of the API for authors of rules about clients.
 */
@NullMarked
package dev.mcpsession.conformance.clients.stage;

import org.jspecify.annotations.NullMarked;
