package dev.mcpsession.conformance.clients.server;

import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.protocol.Header;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * A small HTTP/1.1 server on loopback that shows requests as they came, and lets replies be sent byte by byte, held
 * back or broken off. A thread for each connection; bounded in the number of connections, in the size of requests,
 * and in the time that a request may take to arrive.
 */
public final class Listener implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 1024;

    /** How long a connection may be silent between two requests, and within one. */
    private static final int SILENCE_MILLIS = 120_000;

    /** Answers requests; on the thread of the connection, so requests of one connection come one after another. */
    public interface Handler {
        void handle(Incoming request, Reply reply) throws IOException, InterruptedException;
    }

    private final ServerSocket socket;
    /** Where requests go that arrive here: they may be taken down apart, by their paths. */
    public record Place(Recording recording, boolean endpoint, Handler handler) {}

    private final Recording strays;
    private final Function<Incoming, Place> places;
    private final ExecutorService threads;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final Set<Integer> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger numbers;
    private final IntConsumer onEnd;
    private volatile boolean closed;

    /**
     * @param port 0 for any that is free
     * @param endpoint tells the requests of the MCP endpoint from others
     * @param numbers counts connections; shared by servers that take down in one recording
     * @throws IOException if the port is taken
     */
    public Listener(int port, Recording recording, Predicate<Incoming> endpoint, AtomicInteger numbers, Handler handler)
            throws IOException {
        this(port, recording, request -> new Place(recording, endpoint.test(request), handler), numbers, number -> {});
    }

    /**
     * @param port 0 for any that is free
     * @param strays takes down the connections that bring no request
     * @param places tells where a request goes, on the thread of its connection
     * @param numbers counts connections; shared by servers that take down in one recording
     * @param onEnd told the number of a connection that has ended, on its thread
     * @throws IOException if the port is taken
     */
    public Listener(
            int port, Recording strays, Function<Incoming, Place> places, AtomicInteger numbers, IntConsumer onEnd)
            throws IOException {
        this.strays = strays;
        this.places = places;
        this.numbers = numbers;
        this.onEnd = onEnd;
        socket = new ServerSocket();
        socket.setReuseAddress(true);
        try {
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 512);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        threads = Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task, "kit server " + socket.getLocalPort());
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::accept);
    }

    /** The port that it listens on. */
    public int port() {
        return socket.getLocalPort();
    }

    /** How many connections are open. */
    public int connections() {
        return connections.size();
    }

    /** Whether a connection of that number is open, as far as is known here. */
    public boolean isOpen(int connection) {
        return open.contains(connection);
    }

    private void accept() {
        while (!closed) {
            try {
                var connection = socket.accept();
                connection.setTcpNoDelay(true);
                connection.setSoTimeout(SILENCE_MILLIS);
                connections.add(connection);
                threads.execute(() -> serve(connection));
            } catch (IOException | RuntimeException e) {
                // Closed, or too many files are open; in that case the next may do.
                if (!closed && socket.isClosed()) {
                    return;
                }
            }
        }
    }

    private void serve(Socket connection) {
        int number = numbers.getAndIncrement();
        open.add(number);
        try (connection) {
            var out = new BufferedOutputStream(connection.getOutputStream(), 16 << 10);
            var reader = new RequestReader(number, connection.getInputStream(), out);
            if (connections.size() > MAX_CONNECTIONS) {
                refuse(out, 503, "too many connections");
                return;
            }
            try {
                serve(connection, reader, out);
            } catch (RequestReader.NoRequestException e) {
                strays.oddity(e.getMessage());
                if (e.status != 0) {
                    refuse(out, e.status, String.valueOf(e.getMessage()));
                }
            }
        } catch (SocketTimeoutException e) {
            // The client keeps the connection for nothing.
        } catch (IOException e) {
            // The client is gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
            open.remove(number);
            onEnd.accept(number);
        }
    }

    private void serve(Socket connection, RequestReader reader, BufferedOutputStream out)
            throws IOException, InterruptedException {
        while (!closed) {
            var request = reader.read();
            if (request.isEmpty()) {
                return;
            }
            var incoming = request.get();
            var place = places.apply(incoming);
            long beganAt = Math.max(1, incoming.beganAt() - place.recording().origin());
            var call = place.recording()
                    .begin(
                            incoming.connection(),
                            place.endpoint(),
                            incoming.method(),
                            incoming.target(),
                            incoming.headers(),
                            incoming.body(),
                            beganAt);
            var reply = new Reply(incoming, connection, reader, out, call);
            try {
                place.handler().handle(incoming, reply);
            } finally {
                reply.settle();
            }
            if (!reply.keepsAlive()) {
                return;
            }
        }
    }

    private static void refuse(BufferedOutputStream out, int status, String words) throws IOException {
        var body = words.getBytes(StandardCharsets.UTF_8);
        var head = new StringBuilder("HTTP/1.1 " + status + " Refused\r\n");
        for (var header : List.of(
                new Header("Content-Type", "text/plain; charset=utf-8"),
                new Header("Content-Length", String.valueOf(body.length)),
                new Header("Connection", "close"))) {
            head.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
        out.flush();
    }

    /** Stops listening and breaks every connection. */
    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed, then.
        }
        connections.forEach(connection -> {
            try {
                connection.close();
            } catch (IOException e) {
                // It is closed, then.
            }
        });
        threads.shutdownNow();
    }
}
