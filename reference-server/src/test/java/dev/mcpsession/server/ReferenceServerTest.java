package dev.mcpsession.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.session.InvalidOptionException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceServerTest {

    @Test
    void picksAPortAndSaysWhereItServes() {
        try (var server = ReferenceServer.builder().path("/here").start()) {
            assertTrue(server.port() > 0);
            assertEquals(
                    "http://127.0.0.1:" + server.port() + "/here", server.uri().toString());
            server.close();
        }
    }

    @Test
    void saysThatThePortIsInUse() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var failure = assertThrows(
                    UncheckedIOException.class,
                    () -> ReferenceServer.builder().port(taken.getLocalPort()).start());
            assertEquals("port " + taken.getLocalPort() + " on 127.0.0.1 is in use already", failure.getMessage());
            assertTrue(failure.getCause() instanceof BindException);
        }
    }

    @Test
    void theSamePortCanBeServedAgain() {
        int port;
        try (var first = ReferenceServer.builder().start()) {
            port = first.port();
        }
        try (var second = ReferenceServer.builder().port(port).start()) {
            assertEquals(port, second.port());
        }
    }

    private static void assertRefused(String option, ReferenceServer.Builder builder) {
        var refused = assertThrows(InvalidOptionException.class, builder::start);
        assertEquals(option, refused.option());
        assertTrue(refused.getMessage().startsWith(option + " must "), refused.getMessage());
    }

    @Test
    void refusesWhatCannotBeMeant() {
        assertRefused("port", ReferenceServer.builder().port(-1));
        assertRefused("port", ReferenceServer.builder().port(65_536));
        assertRefused("host", ReferenceServer.builder().host("no such host"));
        assertRefused("idleTimeout", ReferenceServer.builder().stateless(true).idleTimeout(Duration.ofSeconds(1)));
        assertRefused("maxSessions", ReferenceServer.builder().stateless(true).maxSessions(1));
        assertThrows(
                InvalidOptionException.class, () -> ReferenceServer.builder().idleTimeout(Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mcp", "/a b", "/ü", "/a?b", "/%2f"})
    void refusesPathsThatWouldNeedEncoding(String path) {
        assertRefused("path", ReferenceServer.builder().path(path));
    }
}
