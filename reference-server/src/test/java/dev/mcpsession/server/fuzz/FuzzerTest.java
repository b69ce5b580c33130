package dev.mcpsession.server.fuzz;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The fuzzer notices what it is there to notice. */
class FuzzerTest {

    private ServerSocket server;

    /** Held until the test is over: a socket that nothing refers to is closed when the garbage is collected. */
    private final Queue<Socket> accepted = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        for (var socket : accepted) {
            socket.close();
        }
    }

    /** Answers whatever comes, on every connection once, with these bytes. */
    private void answer(String reply, boolean closes) {
        var thread = new Thread(
                () -> {
                    try {
                        while (true) {
                            var socket = server.accept();
                            accepted.add(socket);
                            socket.getInputStream().read();
                            socket.getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
                            if (closes) {
                                socket.shutdownOutput();
                            }
                        }
                    } catch (IOException e) {
                        // The test is over.
                        return;
                    }
                },
                "wrong-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void caught(String how) throws IOException {
        try (var fuzzer = new Fuzzer(server.getLocalPort(), Duration.ofMillis(500))) {
            var error = assertThrows(AssertionError.class, () -> {
                for (long number = 1; number < 100; number++) {
                    fuzzer.run(number);
                }
            });
            assertTrue(error.getMessage().contains(how), error.getMessage());
        }
    }

    @Test
    void aServerThatBlamesItself() throws IOException {
        answer("HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true);
        caught("the server blames itself");
    }

    @Test
    void aServerThatShowsItsInside() throws IOException {
        answer("HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: 22\r\n\r\nNullPointerException: ", true);
        caught("shows its inside");
    }

    @Test
    void aServerThatSaysNothing() throws IOException {
        answer("", false);
        caught("SocketTimeoutException");
    }

    @Test
    void aServerThatStopsHalfway() throws IOException {
        answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false);
        caught("stopped halfway");
    }

    @Test
    void aServerThatHangsUp() throws IOException {
        answer("", true);
        caught("closed before the reply");
    }
}
