/**
 * Sessions in a store that several nodes share, over the protocol of Redis. Needs Jedis, which is an optional
 * dependency: whoever uses this package adds {@code redis.clients:jedis}.
 */
package dev.mcpsession.server.store;
