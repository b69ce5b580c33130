package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Opens the sessions of a client; {@link Client} says what each way does. */
final class SessionOpener {
    /** How often a session that may have expired before it was open is opened anew. */
    private static final int MORE_OPENINGS = 2;

    /** How often initialize must be refused after the end of a session to show that this is why. */
    private static final int REFUSALS = 3;

    /** How long a server may refuse new clients before nothing can be said of the reason. */
    private static final Duration SERVED_WITHIN = Duration.ofSeconds(2);

    private static final Duration AGAIN = Duration.ofMillis(50);

    private final Client client;

    SessionOpener(Client client) {
        this.client = client;
    }

    ClientSession open() {
        for (int left = MORE_OPENINGS; ; left--) {
            var session = openWithoutInitialized();
            var accepted = initialized(session).send();
            if (left == 0 || !cameTooLate(session, accepted)) {
                mustBeAccepted(session, accepted);
                return session;
            }
        }
    }

    private static Request initialized(ClientSession session) {
        return session.post(Json.notification("notifications/initialized"));
    }

    /** On a busy machine, a session may expire before it is open whole: that says nothing of the server. */
    private static boolean cameTooLate(ClientSession session, Exchange initialized) {
        boolean late =
                initialized.answered() && initialized.status() == 404 && session.mayHaveExpiredBefore(initialized);
        if (late) {
            session.markEnded();
        }
        return late;
    }

    private static void mustBeAccepted(ClientSession session, Exchange initialized) {
        int status = initialized.status();
        if (status == 404) {
            session.mustBeAlive(initialized, "right after it was opened");
        }
        if (status / 100 != 2) {
            throw RuleAbortedException.inconclusive(
                    "a session could not be opened: the initialized notification was answered "
                            + initialized.describeReply());
        }
    }

    List<ClientSession> openTogether(int count) {
        var sessions = new ArrayList<ClientSession>();
        for (int left = MORE_OPENINGS; sessions.size() < count; left--) {
            var opened = client.sendAll(count - sessions.size(), i -> client.post(client.initialize())).stream()
                    .map(this::opened)
                    .toList();
            var accepted = client.sendAll(opened.size(), i -> initialized(opened.get(i)));
            for (int i = 0; i < opened.size(); i++) {
                if (left == 0 || !cameTooLate(opened.get(i), accepted.get(i))) {
                    mustBeAccepted(opened.get(i), accepted.get(i));
                    sessions.add(opened.get(i));
                }
            }
        }
        return sessions;
    }

    ClientSession openWithoutInitialized() {
        return opened(client.post(client.initialize()).send());
    }

    List<ClientSession> openAtOnce(int count) {
        var openings = client.sendAll(count, i -> client.post(client.initialize()));
        var opened = openings.stream()
                .filter(o ->
                        o.answered() && o.result().isPresent() && o.sessionId().isPresent())
                .map(this::opened)
                .toList();
        if (opened.isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "none of " + count + " sessions could be opened: initialize was answered "
                            + openings.get(0).describeReply());
        }
        return opened;
    }

    ClientSession opened(Exchange initialize) {
        if (initialize.status() != 200 || initialize.result().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "a session could not be opened: initialize was answered " + initialize.describeReply());
        }
        var id = initialize
                .sessionId()
                .orElseThrow(() ->
                        RuleAbortedException.inconclusive("the server assigned a session id before, but not now"));
        return client.adopt(id, initialize);
    }

    ClientSession mustOpenAfter(Supplier<ClientSession> ended, String because) {
        var expectation = "initialize to be served " + because;
        for (int left = REFUSALS; ; left--) {
            var old = ended.get();
            var initialize = client.post(client.initialize()).send();
            initialize.mustReply(expectation).mustNotBeOverload(expectation);
            if (initialize.status() == 200) {
                var session = opened(initialize);
                initialize.mustHave(
                        !session.id().equals(old.id()), "another session id " + because, "got the same one again");
                return session;
            }
            initialize.mustHave(
                    left > 1,
                    expectation,
                    "got " + initialize.describeReply() + ", and so " + REFUSALS + " times; it was served between");
            untilServed();
        }
    }

    private void untilServed() {
        long deadline = System.nanoTime() + SERVED_WITHIN.toNanos();
        var initialize = client.post(client.initialize()).send();
        while (initialize.result().isEmpty() && System.nanoTime() < deadline) {
            client.pause(AGAIN);
            initialize = client.post(client.initialize()).send();
        }
        opened(initialize);
    }
}
