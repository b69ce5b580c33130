/**
 * What clients and a server said to each other, as data: recorded, masked, and written to files and read from them.
 *
 * <p>Part of the API for authors of rules about clients.
 */
@NullMarked
package dev.mcpsession.conformance.clients.trace;

import org.jspecify.annotations.NullMarked;
