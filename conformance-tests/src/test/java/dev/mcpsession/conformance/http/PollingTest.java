package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ResumableToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Replies that the server has clients come for, one resumed stream each. */
class PollingTest {
    private static final int COUNT = 60;
    private static final int RETRY_MILLIS = 200;

    /** One after the other, the retries alone would take longer. */
    private static final Duration PATIENCE = Duration.ofMillis((long) COUNT * RETRY_MILLIS / 2);

    /** Closes the stream of each request in a session at once, and lets the client come for the response. */
    private static final class PollsForAll extends ResumableToyServer {
        @Override
        protected boolean polls(Call call) {
            return call.isRequest() && !call.called().equals("initialize");
        }

        @Override
        protected int retryMillis() {
            return RETRY_MILLIS;
        }
    }

    @Test
    void manyRepliesArePolledForSideBySide() {
        try (var server = ToyServer.start(PollsForAll::new, LaunchSettings.withoutIdleTimeout())) {
            var target = Target.at(server.uri()).build();
            try (var transport = new Transport(target, FaultInjection.NONE)) {
                var client =
                        new Client(target, transport, Revision.V2025_11_25, null, new Transcript(), (why, span) -> {});
                var session = client.open();
                assertEquals(
                        COUNT,
                        client.sendAll(COUNT, PATIENCE, i -> session.post(client.request("ping"))).stream()
                                .filter(e -> e.response().isPresent())
                                .count());
            }
        }
    }
}
