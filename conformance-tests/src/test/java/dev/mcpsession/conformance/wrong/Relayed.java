package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/** A toy server behind a relay that drops some bytes of what clients send, for wrongs below the level of HTTP. */
final class Relayed implements ServerLauncher.Serving {
    private final ToyServer server;
    private final IntPredicate dropped;
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    private Relayed(ToyServer server, IntPredicate dropped) throws IOException {
        this.server = server;
        this.dropped = dropped;
        start(this::accept);
    }

    static ServerLauncher dropping(Supplier<? extends ToyServer> kind, IntPredicate dropped) {
        return settings -> {
            var launch = ToyServer.launcher(kind).launch(settings);
            try {
                return launch instanceof ToyServer toy ? new Relayed(toy, dropped) : launch;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        };
    }

    private static void start(Runnable task) {
        var thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                var client = listener.accept();
                var upstream = new Socket(server.uri().getHost(), server.uri().getPort());
                sockets.add(client);
                sockets.add(upstream);
                start(() -> pump(client, upstream, dropped));
                start(() -> pump(upstream, client, b -> false));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void pump(Socket from, Socket to, IntPredicate without) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            var buffer = new byte[8192];
            for (int count; (count = in.read(buffer)) > 0; ) {
                int kept = 0;
                for (int i = 0; i < count; i++) {
                    if (!without.test(buffer[i] & 0xFF)) {
                        buffer[kept++] = buffer[i];
                    }
                }
                out.write(buffer, 0, kept);
                out.flush();
            }
        } catch (IOException e) {
            // One side went away: so does the other.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    @Override
    public URI uri() {
        return URI.create(
                "http://127.0.0.1:" + listener.getLocalPort() + server.uri().getPath());
    }

    @Override
    public String output() {
        return "";
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (var socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            // It is closed as far as we can close it.
        }
        server.close();
    }
}
