package dev.mcpsession.server.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mcpsession.server.ReferenceServer;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How the author of a client tests what it does when its session has gone. */
class ClientRecoveryTest {

    @RegisterExtension
    final ReferenceServerExtension server =
            ReferenceServerExtension.with(options -> options.idleTimeout(Duration.ofMinutes(5)));

    @Test
    void startsAnewWhenItsSessionHasExpired() throws Exception {
        var client = new RecoveringClient(server.uri());
        // No waiting: time stands still on this server until it is told to pass.
        server.pass(Duration.ofMinutes(5));
        client.ping();
        assertEquals(2, client.sessionsOpened());
    }

    @Test
    void keepsItsSessionWhileItIsUsed() throws Exception {
        var client = new RecoveringClient(server.uri());
        for (int i = 0; i < 10; i++) {
            server.pass(Duration.ofMinutes(4));
            client.ping();
        }
        assertEquals(1, client.sessionsOpened());
    }

    @Test
    void startsAnewWhenTheServerHasEndedItsSession() throws Exception {
        var client = new RecoveringClient(server.uri());
        server.server().sessions().terminate(client.session());
        client.ping();
        assertEquals(2, client.sessionsOpened());
    }

    @Test
    void tellsItsUserThatTheServerIsOverloaded() throws Exception {
        var client = new RecoveringClient(server.uri());
        server.server().answerNext(503);
        assertThrows(IOException.class, client::ping);
        client.ping();
        assertEquals(1, client.sessionsOpened());
    }

    @Test
    void asLibrary() throws Exception {
        try (var own =
                ReferenceServer.builder().idleTimeout(Duration.ofMillis(500)).start()) {
            var client = new RecoveringClient(own.uri());
            own.sessions().terminate(client.session());
            client.ping();
            assertEquals(2, client.sessionsOpened());
        }
    }
}
