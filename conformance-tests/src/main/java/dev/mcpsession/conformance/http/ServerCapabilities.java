package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Revision;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What the survey found out about a server in one revision, before the rules ran.
 *
 * @param sessions whether initialize was answered with a session id
 * @param deleteStatus the status of a DELETE of a live session; 0 where there was no session, or no reply
 * @param getStatus the status of a GET; 0 where no head came in time
 * @param getStream whether GET is answered with an event stream, or with no head at all until there is an event
 * @param eventIds whether the events that were seen had ids
 * @param tools the names of the server's tools
 * @param slowToolSchema the input schema of the target's slow tool, as the server lists it; empty where it does not
 * @param serverName the name and version that the server gives itself
 * @param dualEra whether the server speaks revisions of both eras, be they asked for or not
 */
public record ServerCapabilities(
        Revision revision,
        boolean sessions,
        int deleteStatus,
        int getStatus,
        boolean getStream,
        boolean eventIds,
        List<String> tools,
        JsonNode slowToolSchema,
        String serverName,
        boolean dualEra) {

    public ServerCapabilities withDualEra(boolean dual) {
        return new ServerCapabilities(revision, sessions, deleteStatus, getStatus, getStream, eventIds, tools, slowToolSchema,
                serverName, dual);
    }

    public boolean deleteOffered() {
        return deleteStatus / 100 == 2;
    }
}
