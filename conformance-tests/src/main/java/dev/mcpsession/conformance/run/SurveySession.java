package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.ServerCapabilities.Feature;
import dev.mcpsession.conformance.protocol.Json;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The questions of a survey that are asked in a session. Where timeouts are short, or a machine is slow, the session
 * may expire between two of them: then the question is asked again in a fresh session. A question that got no answer
 * of its own in the end leaves its feature unknown, which is not the same as missing.
 */
final class SurveySession {
    /** The number of sessions in which a question is asked. */
    static final int TRIES = 4;

    private final Client client;
    private final Map<Feature, String> unknown = new EnumMap<>(Feature.class);
    private Optional<ClientSession> session;

    /** @param opening the reply to initialize, which may have opened a session */
    SurveySession(Client client, Exchange opening) {
        this.client = client;
        begin(opening);
    }

    private void begin(Exchange opening) {
        session = opening.sessionId().map(id -> client.adopt(id, opening));
        Survey.send(client, session, Json.notification("notifications/initialized"));
    }

    /** The session in which the next question is asked; empty where the server opens none. */
    Optional<ClientSession> session() {
        return session;
    }

    /** The features that could not be found out, each with the reason. */
    Map<Feature, String> unknown() {
        return Map.copyOf(unknown);
    }

    /** A feature that cannot be known without another one. */
    void dependsOn(Feature feature, Feature other) {
        if (unknown.containsKey(other)) {
            unknown.put(feature, unknown.get(other));
        }
    }

    /**
     * Asks until an answer comes that is about the question.
     *
     * @return the last answer
     */
    Exchange ask(Feature feature, Function<Optional<ClientSession>, Exchange> question) {
        for (int left = TRIES; ; left--) {
            var answer = question.apply(session);
            if (!isUnserved(answer) && !isOfDeadSession(answer)) {
                return answer;
            }
            if (left == 1) {
                unknown.put(feature, reason(answer));
                return answer;
            }
            answer.close();
            var opening = Survey.initialize(client);
            if (opening.answered() && opening.status() == 200) {
                begin(opening);
            }
        }
    }

    /** Whether the server did not come to look at a request. A GET without a head yet is being served. */
    static boolean isUnserved(Exchange answer) {
        return answer.answered()
                ? answer.isOverload()
                : answer.failure().isPresent() || !answer.method().equals("GET");
    }

    /** Whether a 404 is about the session: then the session does not serve a ping either. */
    private boolean isOfDeadSession(Exchange answer) {
        if (session.isEmpty() || !answer.answered() || answer.status() != 404) {
            return false;
        }
        var ping = session.get().ping().purpose(Survey.PURPOSE).send();
        return !ping.answered() || ping.status() == 404 || ping.isOverload();
    }

    static String reason(Exchange answer) {
        return answer.describe() + " was answered " + answer.describeReply();
    }
}
