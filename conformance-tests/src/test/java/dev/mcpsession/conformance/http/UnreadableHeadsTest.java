package dev.mcpsession.conformance.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections over which a head came that cannot be read: they are closed, and not kept until the run is over. */
class UnreadableHeadsTest {
    private static final int COUNT = 5;

    private final CountDownLatch closed = new CountDownLatch(COUNT);

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 many OK\r\n\r\n", "LONG"})
    void areClosed(String name) throws Exception {
        var head = name.equals("LONG") ? "HTTP/1.1 200 OK\r\nX-Long: " + "x".repeat(500_000) : name;
        try (var server = new ServerSocket(0, COUNT, InetAddress.getLoopbackAddress())) {
            serve(server, head);
            var target = Target.at(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/mcp"))
                    .patience(Duration.ofSeconds(20))
                    .build();
            try (var transport = new Transport(target, FaultInjection.NONE)) {
                var client =
                        new Client(target, transport, Revision.V2025_11_25, null, new Transcript(), (why, span) -> {});
                for (var exchange : client.sendAll(COUNT, i -> client.plain("GET"))) {
                    assertFalse(exchange.answered(), exchange::describeReply);
                }
                // While the transport is open: its end is not what closes them.
                assertTrue(closed.await(20, TimeUnit.SECONDS), closed + " of " + COUNT + " are open");
            }
        }
    }

    private void serve(ServerSocket server, String head) {
        daemon(() -> {
            while (true) {
                var connection = server.accept();
                daemon(() -> answer(connection, head.getBytes(StandardCharsets.ISO_8859_1)));
            }
        });
    }

    private void answer(Socket connection, byte[] head) throws IOException {
        try (connection) {
            var in = connection.getInputStream();
            in.read();
            connection.getOutputStream().write(head);
            while (in.read() >= 0) {
                // The rest of the request.
            }
        } finally {
            closed.countDown();
        }
    }

    @FunctionalInterface
    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        var thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // The other side is gone, or the test is over.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
