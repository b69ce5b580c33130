/**
 * The client through which rules talk to a server: requests, exchanges, sessions, transcripts, and raw sockets for
 * bytes that no well-behaved client sends. An exchange knows when it was sent and answered, which is what rules about
 * time rest on.
 *
 * <p>Part of the API for authors of rules.
 */
@NullMarked
package dev.mcpsession.conformance.http;

import org.jspecify.annotations.NullMarked;
