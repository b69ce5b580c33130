package dev.mcpsession.server.http;

/**
 * How the endpoint behaves.
 *
 * @param path the path of the endpoint, beginning with a slash
 * @param stateless whether there are no sessions: no id is given, and one that is sent is ignored
 * @param jsonAnswers whether requests are answered with a JSON body; else with an event stream
 * @param loopbackOnly whether the Host field must be a name of the loopback interface
 * @param maxBodyBytes the size of the largest body that is read
 */
public record EndpointOptions(String path, boolean stateless, boolean jsonAnswers, boolean loopbackOnly,
        int maxBodyBytes) {
}
