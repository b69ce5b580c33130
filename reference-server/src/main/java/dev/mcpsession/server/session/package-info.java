/**
 * The session manager: the life of sessions in memory, what a store elsewhere has to offer, and one node's view of
 * sessions that such a store keeps. Knows nothing of HTTP. {@link dev.mcpsession.server.session.Sessions}, its options,
 * listener and clock are API.
 */
@NullMarked
package dev.mcpsession.server.session;

import org.jspecify.annotations.NullMarked;
