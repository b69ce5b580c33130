package dev.mcpsession.server.bench.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Keeps a server busy by several kept-alive connections, on each of which the next request is sent when the response
 * to the one before has come. One thread, so that a machine of two cores has one for the server.
 */
final class LoadGenerator implements AutoCloseable {

    /**
     * What was measured.
     *
     * @param done how often it was done
     * @param perSecond the same, by time
     */
    record Run(long done, double perSecond) {}

    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private int waiting;
    private boolean stopping;

    LoadGenerator(int port, int count, Supplier<Script> scripts) throws IOException {
        selector = Selector.open();
        for (int i = 0; i < count; i++) {
            connections.add(new Connection(port, scripts.get()));
        }
    }

    /** Runs until the time is over, or nobody has anything more to say; in the end all requests are answered. */
    Run run(Duration longest) throws IOException {
        stopping = false;
        long before = done();
        long start = System.nanoTime();
        long end = start + longest.toNanos();
        for (var connection : connections) {
            connection.send();
        }
        while (waiting > 0 && System.nanoTime() < end) {
            selector.select(LoadGenerator::proceed, 100);
        }
        long took = System.nanoTime() - start;
        long counted = done() - before;
        stopping = true;
        while (waiting > 0) {
            selector.select(LoadGenerator::proceed, 100);
        }
        return new Run(done() - before, 1e9 * counted / took);
    }

    private long done() {
        return connections.stream()
                .mapToLong(connection -> connection.script.done())
                .sum();
    }

    private static void proceed(SelectionKey key) {
        try {
            ((Connection) key.attachment()).receive();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (var connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }

    private final class Connection {

        private final SocketChannel channel;
        private final Script script;
        private final Response response = new Response();
        /** Null if there is nothing more to say. */
        private ByteBuffer request;

        Connection(int port, Script script) throws IOException {
            this.script = script;
            request = script.begin();
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send() throws IOException {
            if (request == null) {
                return;
            }
            waiting++;
            response.clear();
            while (request.hasRemaining()) {
                channel.write(request);
            }
        }

        void receive() throws IOException {
            if (!response.readFrom(channel)) {
                return;
            }
            waiting--;
            request = script.next(response);
            if (!stopping) {
                send();
            }
        }
    }
}
