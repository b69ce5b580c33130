/**
 * Sessions in a store that several nodes share, over the protocol of Redis. Needs Jedis, which is an optional
 * dependency: whoever uses this package adds {@code redis.clients:jedis}.
 */
@NullMarked
package dev.mcpsession.server.store;

import org.jspecify.annotations.NullMarked;
