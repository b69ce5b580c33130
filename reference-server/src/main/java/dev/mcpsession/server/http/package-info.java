/**
 * The Streamable HTTP transport on Undertow: header fields, eras, event streams, resuming, Origin, Host and CORS, and
 * the bounds on the memory that is held for clients. Internal: no API.
 */
@NullMarked
package dev.mcpsession.server.http;

import org.jspecify.annotations.NullMarked;
