package dev.mcpsession.server.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The one address of a store that may move: passes connections on to whichever server has its part now. */
public final class Relay implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;

    /** @param target the port of the server that has the part at first */
    public Relay(int target) throws IOException {
        this.target = target;
        start(this::accept);
    }

    private static void start(Runnable work) {
        var thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** From now on another server has the part; connections to the one before end. */
    public void moveTo(int other) throws IOException {
        target = other;
        for (var socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var from = server.accept();
                open.add(from);
                start(() -> connect(from));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket from) {
        try (from;
                var to = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(to);
            start(() -> pass(to, from));
            pass(from, to);
        } catch (IOException e) {
            // The other side is gone: so is this.
        } finally {
            open.remove(from);
        }
    }

    private void pass(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // As above.
        } finally {
            open.remove(from);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var socket : open) {
            socket.close();
        }
    }
}
