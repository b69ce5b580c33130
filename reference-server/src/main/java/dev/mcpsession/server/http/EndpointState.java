package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;

/**
 * What all requests to an endpoint have in common.
 *
 * @param options how the endpoint behaves
 * @param changes what happens at the server without being asked for
 * @param streams the responses that are streams and have not ended
 * @param calls the pending calls that belong to no session
 */
record EndpointState(EndpointOptions options, Changes changes, OpenStreams streams, SessionlessCalls calls) {
}
