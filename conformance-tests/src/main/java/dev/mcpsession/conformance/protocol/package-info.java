/**
 * Revisions of the Model Context Protocol and their eras, JSON-RPC messages, and header fields.
 *
 * <p>Part of the API for authors of rules.
 */
@NullMarked
package dev.mcpsession.conformance.protocol;

import org.jspecify.annotations.NullMarked;
