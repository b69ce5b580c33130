package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Era;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The options of the endpoint.
 *
 * @param path the path of the endpoint, beginning with a slash
 * @param era which revisions are spoken
 * @param stateless whether there are no sessions: no id is given, and one that is sent is ignored
 * @param jsonAnswers whether requests are answered with a JSON body; else with an event stream
 * @param loopbackOnly whether the Host field must be a name of the loopback interface
 * @param tokens who may come in
 * @param streams how streams are kept alive and can be resumed
 * @param maxBodyBytes the size of the largest body that is read
 * @param slowSender within what time a body must come; null for any
 */
public record EndpointOptions(
        String path,
        Era era,
        boolean stateless,
        boolean jsonAnswers,
        boolean loopbackOnly,
        Tokens tokens,
        StreamOptions streams,
        int maxBodyBytes,
        @Nullable Duration slowSender) {}
