package dev.mcpsession.server.store;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Reads what the store has to tell a node: what is for all nodes, and what is for this one. Has a thread of its own.
 */
final class Inbox extends Thread {

    private static final System.Logger LOG = System.getLogger(Inbox.class.getName());

    private static final int BLOCK_MILLIS = 1_000;
    private static final String BEGINNING = "0-0";

    private final RedisStore store;
    private final String ends;
    private final String own;
    private final Consumer<Map<String, byte[]>> hearer;

    /** Guarded by this, as is the next: up to where it has been read. */
    private @Nullable String lastEnd;

    private String lastOwn = BEGINNING;
    private volatile @Nullable Connection connection;
    private volatile boolean closed;

    /** @param hearer gets each entry, in their order, on the thread of the inbox */
    Inbox(RedisStore store, String node, Consumer<Map<String, byte[]>> hearer) {
        super("mcp-session-inbox");
        this.store = store;
        this.hearer = hearer;
        ends = store.keys() + ":ends";
        own = store.keys() + ":inbox:" + node;
        setDaemon(true);
    }

    /** The node has joined: begins to read after what was there then, unless it reads already. */
    synchronized void joined(String last) {
        // A store that has lost what it held begins anew.
        if (lastEnd == null || isBefore(last, lastEnd)) {
            lastEnd = last;
            lastOwn = BEGINNING;
            notifyAll();
        }
    }

    private static boolean isBefore(String one, String other) {
        var a = one.split("-");
        var b = other.split("-");
        int first = Long.compare(Long.parseLong(a[0]), Long.parseLong(b[0]));
        return first < 0 || first == 0 && Long.parseLong(a[1]) < Long.parseLong(b[1]);
    }

    @Override
    public void run() {
        while (!closed) {
            try {
                read();
            } catch (RuntimeException e) {
                LOG.log(DEBUG, "The inbox cannot be read", e);
                disconnect();
                if (!closed) {
                    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(100));
                }
            }
        }
        disconnect();
    }

    private void read() {
        String[] positions = positions();
        if (positions == null) {
            return;
        }
        var open = connection;
        if (open == null) {
            open = new Connection(
                    store.address(),
                    store.client(BLOCK_MILLIS + (int) store.timeout().toMillis()));
            connection = open;
        }
        var reply = (List<?>) open.executeCommand(new CommandArguments(Command.XREAD)
                .add("COUNT")
                .add(100)
                .add("BLOCK")
                .add(BLOCK_MILLIS)
                .add("STREAMS")
                .add(ends)
                .add(own)
                .add(positions[0])
                .add(positions[1]));
        if (reply == null) {
            return;
        }
        for (var stream : reply) {
            var pair = (List<?>) stream;
            boolean isOwn = Line.text(pair.get(0)).equals(own);
            for (var entry : (List<?>) pair.get(1)) {
                var parts = (List<?>) entry;
                hear((List<?>) parts.get(1));
                advance(isOwn, positions, Line.text(parts.get(0)));
            }
        }
    }

    private synchronized String @Nullable [] positions() {
        while (lastEnd == null && !closed) {
            try {
                wait(BLOCK_MILLIS);
            } catch (InterruptedException e) {
                return null;
            }
        }
        return closed ? null : new String[] {lastEnd, lastOwn};
    }

    /** Unless the store has begun anew meanwhile. */
    private synchronized void advance(boolean isOwn, String[] from, String to) {
        if (isOwn && lastOwn.equals(from[1])) {
            lastOwn = to;
            from[1] = to;
        } else if (!isOwn && from[0].equals(lastEnd)) {
            lastEnd = to;
            from[0] = to;
        }
    }

    /** An entry may tell of several sessions, each of which begins with its id; what comes before holds for all. */
    private void hear(List<?> fields) {
        var common = new HashMap<String, byte[]>();
        HashMap<String, byte[]> one = null;
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            var name = Line.text(fields.get(i));
            if (name.equals("i")) {
                if (one != null) {
                    tell(one);
                }
                one = new HashMap<>(common);
            }
            (one == null ? common : one).put(name, (byte[]) fields.get(i + 1));
        }
        tell(one == null ? common : one);
    }

    private void tell(Map<String, byte[]> entry) {
        try {
            hearer.accept(entry);
        } catch (RuntimeException | Error e) {
            LOG.log(WARNING, "What the store told could not be followed", e);
        }
    }

    private void disconnect() {
        var open = connection;
        connection = null;
        if (open != null) {
            try {
                open.forceDisconnect();
            } catch (java.io.IOException | RuntimeException e) {
                LOG.log(DEBUG, "Closing a connection failed", e);
            }
        }
    }

    /** Stops to read. */
    synchronized void close() {
        closed = true;
        notifyAll();
        disconnect();
    }
}
