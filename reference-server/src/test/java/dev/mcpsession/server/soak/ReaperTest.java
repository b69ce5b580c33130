package dev.mcpsession.server.soak;

import static org.awaitility.Awaitility.await;

import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The reaper goes on, whatever happens to it. */
class ReaperTest {

    @Test
    void aListenerThatFailsDoesNotStopIt() {
        var listener = new SessionListener() {
            @Override
            public void ended(Session session, EndReason reason) {
                throw new AssertionError("as in a test that expected something else");
            }
        };
        try (var manager = new SessionManager(
                SessionOptions.defaults().withIdleTimeout(Duration.ofMillis(20)).withListener(listener))) {
            for (int i = 0; i < 3; i++) {
                manager.release(manager.register(null, null), Use.REQUEST);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> manager.counts().live() == 0);
            }
        }
    }
}
