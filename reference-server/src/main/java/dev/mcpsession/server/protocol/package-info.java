/**
 * JSON-RPC messages, the revisions of the protocol, and the few tools of the server. Knows nothing of HTTP. Internal,
 * but for {@link dev.mcpsession.server.protocol.Era} and {@link dev.mcpsession.server.protocol.CallCounts}, which are
 * API.
 */
@NullMarked
package dev.mcpsession.server.protocol;

import org.jspecify.annotations.NullMarked;
