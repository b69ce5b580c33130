package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;

/**
 * The state that all requests to an endpoint share.
 *
 * @param options how the endpoint behaves
 * @param changes what happens at the server without being asked for
 * @param streams the responses that are streams and have not ended
 * @param kept the events that are kept for clients that resume
 * @param replies sends answers that are complete
 * @param calls the pending calls that belong to no session
 */
record EndpointState(
        EndpointOptions options,
        Changes changes,
        OpenStreams streams,
        KeptEvents kept,
        Replies replies,
        SessionlessCalls calls) {}
