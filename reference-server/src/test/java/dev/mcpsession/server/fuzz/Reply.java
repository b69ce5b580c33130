package dev.mcpsession.server.fuzz;

import java.util.Map;

/**
 * The answer of a server.
 *
 * @param headers by their names in lower case; of several of one name, the last
 * @param body decoded; as much of it as has come
 * @param ended whether the body has come to its end
 * @param reusable whether the connection may serve again
 */
public record Reply(int status, Map<String, String> headers, String body, boolean ended, boolean reusable) {}
