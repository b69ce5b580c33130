package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The capabilities of a server in one revision, as the survey found them before the rules ran.
 *
 * @param sessions whether initialize was answered with a session id
 * @param deleteStatus the status of a DELETE of a live session; 0 where there was no session, or no reply
 * @param getStatus the status of a GET; 0 where no head came in time
 * @param getStream whether GET is answered with an event stream, or with no head at all until there is an event
 * @param eventIds whether the events that were seen had ids
 * @param tools the names of the server's tools
 * @param slowToolSchema the input schema of the target's slow tool, as the server lists it; empty where it does not
 * @param serverName the name and version that the server gives itself
 * @param unknown what could not be found out, each with the reason; for these, the values above say nothing
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
        Map<Feature, String> unknown,
        boolean dualEra) {

    /** The features that the survey may fail to find out. */
    public enum Feature {
        DELETE("whether the server lets clients end a session"),
        GET_STREAM("whether the server offers a stream for GET"),
        EVENT_IDS("whether the server puts ids on its events"),
        TOOLS("which tools the server has"),
        OTHER_ERA("whether the server speaks revisions of the other era too");

        private final String question;

        Feature(String question) {
            this.question = question;
        }
    }

    /**
     * The exception for a rule that needs to know of a feature that the survey could not find out; empty where it
     * could.
     */
    public Optional<RuleAbortedException> unknown(Feature feature) {
        return Optional.ofNullable(unknown.get(feature))
                .map(why -> RuleAbortedException.inconclusive(
                        "it could not be found out " + feature.question + ": " + why));
    }

    /**
     * These capabilities, where more is known of the eras.
     *
     * @param dual whether the server speaks revisions of both eras
     * @param doubt why that could not be found out; empty where it could
     */
    public ServerCapabilities withEras(boolean dual, Optional<String> doubt) {
        var allUnknown = new HashMap<>(unknown);
        doubt.ifPresent(why -> allUnknown.put(Feature.OTHER_ERA, why));
        return new ServerCapabilities(
                revision,
                sessions,
                deleteStatus,
                getStatus,
                getStream,
                eventIds,
                tools,
                slowToolSchema,
                serverName,
                Map.copyOf(allUnknown),
                dual);
    }

    /** Whether it is known that the server speaks revisions of this era alone. */
    public boolean oneEra() {
        return !dualEra && !unknown.containsKey(Feature.OTHER_ERA);
    }

    /**
     * Whether clients may end sessions. A DELETE that is answered 404 does not say otherwise: the session may be
     * gone, or unknown on the node that was asked.
     */
    public boolean deleteOffered() {
        return deleteStatus / 100 == 2 || deleteStatus == 404;
    }
}
