package dev.mcpsession.server.store;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.mcpsession.server.session.LocalSessions;
import dev.mcpsession.server.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * The one connection over which a node asks the store to do things, and the one thread that uses it. What is asked
 * while the store is at work is gathered, and goes out in one call of one script: so a busy node costs the store
 * little, and a store that hangs holds up no thread but this one.
 *
 * <p>When the store does not answer, all that has been asked fails, and what is asked from then on fails at once, until
 * the store is there again. What it was asked and did not answer it may still do later; but each connection has a
 * number, and with the next one the numbers before it are void. With each new connection the store is told what the
 * node really holds.
 */
final class Line extends Thread {

    private static final System.Logger LOG = System.getLogger(Line.class.getName());

    private static final int MAX_BATCH = 512;
    private static final int MAX_REAPED = 250;
    private static final long MAX_BETWEEN_REAPS = TimeUnit.MILLISECONDS.toNanos(250);
    /** So many reasons are logged each time that the store cannot be used. */
    private static final int MAX_REASONS = 8;

    private static final int MAX_CAUSES = 4;

    /** Of so many sessions at least a slow store can take note in a millisecond. */
    private static final int HELD_IN_A_MILLISECOND = 20;

    private static final long BETWEEN_ATTEMPTS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * For so long a session is held on after its last exchange: if the next one comes until then, as it does in a
     * session that is busy, neither needs to write to the store. Its idle time counts from the exchange's end all the
     * same.
     */
    private static final long MAX_HELD_ON = TimeUnit.MILLISECONDS.toNanos(20);

    /** When to ask again for what sessions that are held stood in the way of: nodes let go of idle ones until then. */
    private static final long[] ASK_AGAIN = {
        2 * MAX_HELD_ON, 4 * MAX_HELD_ON, 8 * MAX_HELD_ON,
    };

    /** The interface of the line's owner; called on the line's thread. */
    interface Client {

        /** Returns the ids of the sessions that are held now. */
        List<String> held();

        /** As {@link LocalSessions#letGo}. */
        long letGo(String id);

        /** The store has this line's node among its nodes. */
        void joined(String lastEnd, long lastChange, List<String> gone);

        /** How many sessions there are. */
        void counted(long live);
    }

    private final RedisStore store;
    private final String node;
    private final String[] settings;
    private final Client client;
    private final Scripts scripts;

    private final long heldOn;
    private final boolean isLimited;

    private final ConcurrentLinkedQueue<Operation> queue = new ConcurrentLinkedQueue<>();
    /** The sessions that are idle here, and of which the store has to be told that. */
    private final ConcurrentLinkedQueue<String> released = new ConcurrentLinkedQueue<>();

    private final CountDownLatch firstAttempt = new CountDownLatch(1);
    private volatile boolean up;
    private volatile boolean idle;
    /** Until when this thread sleeps, if it is idle and nobody wakes it. */
    private volatile long wakes;

    private volatile boolean closing;
    private volatile boolean crashed;
    /** Whether this thread has ended, and nobody takes anything from the queue. */
    private volatile boolean over;

    // On the line's thread only.

    private @Nullable Connection connection;
    private @Nullable String workScript;
    private @Nullable String workWhenFull;
    private int epoch;
    private long nextBeat;
    private long nextReap;
    /** Until then a session may be released without this thread being told to hurry. */
    private long nextLook;

    /** Why the store cannot be used, as far as it was logged since it could. */
    private final Set<String> reasons = new HashSet<>();
    /** The sessions that the store takes for held by this node. */
    private final Set<String> holding = new HashSet<>();
    /** The sessions to be let go of, and when that is to be tried; in the order of those times. */
    private final ArrayDeque<LetGo> idleSessions = new ArrayDeque<>();
    /** What could not be done while sessions were held, and is tried again. */
    private final List<Refused> refused = new ArrayList<>();
    /** How often each of those has been refused. */
    private final IdentityHashMap<Operation, Integer> refusals = new IdentityHashMap<>();
    /** Openings that the store was asked for and has not confirmed: nobody was told of them. */
    private final List<String> doubtful = new ArrayList<>();

    private record LetGo(String id, long due) {}

    private record Refused(Operation operation, long due) {}

    /**
     * @param idleTimeout null for none
     * @param settings idle timeout and lease in microseconds, and the limits, as the script takes them
     */
    Line(
            RedisStore store,
            Scripts scripts,
            String node,
            @Nullable Duration idleTimeout,
            String[] settings,
            Client client) {
        super("mcp-session-store");
        this.store = store;
        this.scripts = scripts;
        this.node = node;
        this.settings = settings.clone();
        this.client = client;
        isLimited = !settings[1].equals("0");
        heldOn = idleTimeout == null ? MAX_HELD_ON : Math.min(MAX_HELD_ON, idleTimeout.toNanos() / 20);
        setDaemon(true);
    }

    /** Starts, and waits until the store has been tried once. */
    void open() {
        start();
        try {
            if (!firstAttempt.await(5, TimeUnit.SECONDS)) {
                LOG.log(WARNING, "The store " + store + " takes its time; requests are refused until it is there");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the store. The reply comes on the line's thread; it fails if the store does not answer. */
    void ask(Operation operation) {
        if (!up || closing) {
            fail(operation, null);
            return;
        }
        queue.add(operation);
        if (over) {
            refuseQueued();
        } else if (idle) {
            LockSupport.unpark(this);
        }
    }

    /** Lets go of a session, soon, unless it is wanted again until then. */
    void release(String id) {
        released.add(id);
        // It can wait for a moment, and not for long.
        if (idle && wakes - System.nanoTime() > heldOn) {
            LockSupport.unpark(this);
        }
    }

    @Override
    public void run() {
        while (!closing) {
            if (connection == null && !connect()) {
                failAll(List.of());
                LockSupport.parkNanos(this, BETWEEN_ATTEMPTS);
                continue;
            }
            var batch = gather();
            if (batch.isEmpty()) {
                await();
            } else {
                work(batch);
            }
        }
        if (crashed) {
            disconnect();
            failAll(List.of());
        } else {
            leave();
        }
        over = true;
        refuseQueued();
    }

    private void await() {
        long now = System.nanoTime();
        long next = Math.min(nextBeat, nextReap);
        if (nextLook - now > 0) {
            next = Math.min(next, nextLook);
        }
        if (!idleSessions.isEmpty()) {
            next = Math.min(next, idleSessions.peek().due());
        }
        for (var operation : refused) {
            next = Math.min(next, operation.due());
        }
        wakes = next;
        idle = true;
        // Work that was added before it could be seen that this thread is idle.
        if (queue.isEmpty() && released.isEmpty() && !closing) {
            LockSupport.parkNanos(this, next - now);
        }
        idle = false;
    }

    /**
     * Acquires come first, then releases, and then the rest, for which there may be room only then.
     */
    private List<Operation> gather() {
        var first = new ArrayList<Operation>();
        var rest = new ArrayList<Operation>();
        long now = System.nanoTime();
        boolean exact = false;
        for (int count = 0; count < MAX_BATCH; count++) {
            var next = queue.poll();
            if (next == null) {
                break;
            }
            (next.letter() == 'A' ? first : rest).add(next);
            exact |= asksWhatIsIdle(next.letter());
        }
        for (var operations = refused.iterator(); operations.hasNext(); ) {
            var next = operations.next();
            if (now - next.due() >= 0) {
                rest.add(next.operation());
                operations.remove();
                exact = true;
            }
        }
        letGo(now, exact, first);
        first.addAll(rest);
        if (now - nextBeat >= 0) {
            nextBeat = now + store.lease().toNanos() / 3;
            var beat = new CompletableFuture<Object>();
            beat.thenAccept(live -> client.counted((Long) live));
            first.add(new Operation('H', new Object[0], beat));
        }
        if (now - nextReap >= 0) {
            nextReap = now + MAX_BETWEEN_REAPS;
            var reap = new CompletableFuture<Object>();
            reap.thenAccept(this::reaped);
            first.add(new Operation('Z', new Object[] {Integer.toString(MAX_REAPED)}, reap));
        }
        return first;
    }

    /** Whether the result depends on which sessions are held. */
    private boolean asksWhatIsIdle(char letter) {
        return letter == 'C' && isLimited || letter == 'X' || letter == 'D' || letter == 'L';
    }

    /** @param all also of sessions that were in use just now */
    private void letGo(long now, boolean all, List<Operation> batch) {
        for (var id = released.poll(); id != null; id = released.poll()) {
            idleSessions.add(new LetGo(id, now + heldOn));
        }
        for (int count = idleSessions.size(); count > 0 && batch.size() < 2 * MAX_BATCH; count--) {
            var next = idleSessions.peek();
            if (!all && now - next.due() < 0) {
                break;
            }
            idleSessions.remove();
            long since = client.letGo(next.id());
            if (since == LocalSessions.WANTED) {
                idleSessions.add(new LetGo(next.id(), now + heldOn));
            } else if (since == LocalSessions.GONE) {
                holding.remove(next.id());
            } else {
                batch.add(Operation.release(next.id(), since));
            }
        }
    }

    private void reaped(Object reply) {
        long next = (Long) ((List<?>) reply).get(1);
        if (next >= 0) {
            nextReap = System.nanoTime() + Math.min(MAX_BETWEEN_REAPS, TimeUnit.MICROSECONDS.toNanos(next));
        }
    }

    private void work(List<Operation> batch) {
        try {
            var replies = execute(batch);
            if (replies == null) {
                // Nothing has been done: the node was taken for dead.
                LOG.log(WARNING, "This node was out of touch with the store for longer than its lease");
                disconnect();
                if (connect()) {
                    replies = execute(batch);
                }
            }
            if (replies == null) {
                throw new StoreUnavailableException("The store does not know this node", null);
            }
            done(batch, replies);
        } catch (RuntimeException e) {
            down(e);
            for (var operation : batch) {
                if (operation.letter() == 'C') {
                    doubtful.add((String) operation.arguments()[0]);
                }
            }
            failAll(batch);
        }
    }

    /**
     * A store whose memory is full has done nothing. Then what would take more of it fails, and all else is asked for
     * again: sessions go on, and those that end make room.
     */
    private List<?> execute(List<Operation> batch) {
        try {
            return (List<?>) connection().executeCommand(script(workScript, batch));
        } catch (JedisDataException e) {
            if (!String.valueOf(e.getMessage()).startsWith("OOM")) {
                throw e;
            }
            batch.removeIf(operation -> {
                boolean grows = operation.letter() == 'C' || operation.letter() == 'O';
                if (grows) {
                    refusals.remove(operation);
                    fail(operation, e);
                }
                return grows;
            });
            return (List<?>) connection().executeCommand(script(workWhenFull, batch));
        }
    }

    private void done(List<Operation> batch, List<?> replies) {
        int next = 0;
        for (var operation : batch) {
            if (operation.letter() == 'R') {
                holding.remove((String) operation.arguments()[0]);
            }
            if (operation.reply() != null) {
                var reply = replies.get(next++);
                if (holds(operation, reply)) {
                    holding.add((String) operation.arguments()[0]);
                    nextLook = System.nanoTime() + heldOn;
                }
                if (!isRefused(operation, reply)) {
                    refusals.remove(operation);
                } else if (asksAgain(operation)) {
                    continue;
                }
                operation.reply().complete(reply);
            }
        }
    }

    private static boolean holds(Operation operation, @Nullable Object reply) {
        return switch (operation.letter()) {
            case 'A' -> reply != null && operation.arguments()[2].equals("1");
            case 'C' -> Objects.equals(reply, 1L) && operation.arguments()[3].equals("1");
            default -> false;
        };
    }

    /** Whether no session is idle, so that none can be evicted, or this one is not. */
    private static boolean isRefused(Operation operation, Object reply) {
        return operation.letter() == 'C' && reply.equals(0L) || operation.letter() == 'X' && reply.equals(-1L);
    }

    /** Other nodes hold sessions on for a moment that are idle: this may succeed soon. */
    private boolean asksAgain(Operation operation) {
        int times = refusals.getOrDefault(operation, 0);
        if (times == ASK_AGAIN.length || closing) {
            refusals.remove(operation);
            return false;
        }
        refusals.put(operation, times + 1);
        refused.add(new Refused(operation, System.nanoTime() + ASK_AGAIN[times]));
        return true;
    }

    private CommandArguments script(@Nullable String script, List<Operation> batch) {
        var arguments = new CommandArguments(Command.EVALSHA)
                .add(script)
                .add(1)
                .add(store.keys())
                .add(node)
                .add(Integer.toString(epoch));
        for (var setting : settings) {
            arguments.add(setting);
        }
        long now = System.nanoTime();
        for (var operation : batch) {
            if (operation.letter() == 'A'
                    && operation.arguments()[2].equals("1")
                    && holding.contains((String) operation.arguments()[0])) {
                // Nothing has to be written: the store only says whether the session lives, and whose it is.
                arguments.add("P").add((String) operation.arguments()[0]).add((String)
                        operation.arguments()[1]);
                continue;
            }
            arguments.add(String.valueOf(operation.letter()));
            for (var argument : operation.arguments()) {
                if (argument instanceof byte[] bytes) {
                    arguments.add(bytes);
                } else if (argument instanceof Long time) {
                    arguments.add(Long.toString(Math.max(0, TimeUnit.NANOSECONDS.toMicros(now - time))));
                } else {
                    arguments.add((String) argument);
                }
            }
        }
        return arguments;
    }

    private boolean connect() {
        try {
            int patience = (int) store.timeout().toMillis();
            var fresh = new Connection(store.address(), store.client(patience));
            connection = fresh;
            workScript = load(scripts.work());
            workWhenFull = load(scripts.workWhenFull());
            var joinScript = load(scripts.join());
            var held = client.held();
            // Nobody waits for this: all requests are refused meanwhile.
            fresh.setSoTimeout(patience + held.size() / HELD_IN_A_MILLISECOND);
            join(joinScript, held);
            fresh.setSoTimeout(patience);
            nextBeat = System.nanoTime();
            nextReap = nextBeat;
            if (!reasons.isEmpty() || epoch == 1) {
                LOG.log(INFO, "The sessions are in " + store);
                checkEviction();
            }
            reasons.clear();
            up = true;
            return true;
        } catch (RuntimeException e) {
            down(e);
            return false;
        } finally {
            firstAttempt.countDown();
        }
    }

    private String load(String script) {
        return text(connection()
                .executeCommand(new CommandArguments(Command.SCRIPT).add("LOAD").add(script)));
    }

    private void join(String joinScript, List<String> held) {
        epoch++;
        var arguments = new CommandArguments(Command.EVALSHA)
                .add(joinScript)
                .add(1)
                .add(store.keys())
                .add(node)
                .add(Integer.toString(epoch))
                .add(Long.toString(TimeUnit.NANOSECONDS.toMicros(store.lease().toNanos())))
                .add(Integer.toString(doubtful.size()));
        doubtful.forEach(arguments::add);
        held.forEach(arguments::add);
        var reply = (List<?>) connection().executeCommand(arguments);
        if (reply == null) {
            throw new StoreUnavailableException("The store knows a later connection of this node", null);
        }
        doubtful.clear();
        var gone = reply.subList(2, reply.size()).stream().map(Line::text).toList();
        holding.clear();
        holding.addAll(held);
        gone.forEach(holding::remove);
        client.joined(text(reply.get(0)), Long.parseLong(text(reply.get(1))), gone);
    }

    /** A store that throws away what was not used for a while throws away sessions that live. */
    private void checkEviction() {
        try {
            var reply = (List<?>) connection()
                    .executeCommand(
                            new CommandArguments(Command.CONFIG).add("GET").add("maxmemory-policy"));
            var policy = reply.size() < 2 ? "" : text(reply.get(1));
            if (policy.startsWith("allkeys")) {
                LOG.log(
                        WARNING,
                        "The store " + store + " has the maxmemory-policy " + policy
                                + ": it may throw sessions away that live. Use noeviction.");
            }
        } catch (JedisDataException e) {
            LOG.log(INFO, "The store does not tell its maxmemory-policy, which should be noeviction");
        }
    }

    private Connection connection() {
        return Objects.requireNonNull(connection, "not connected");
    }

    private void down(RuntimeException failure) {
        up = false;
        disconnect();
        var reason = reason(failure);
        if (reasons.size() < MAX_REASONS && reasons.add(reason)) {
            LOG.log(
                    WARNING,
                    "The store " + store + " cannot be used; requests with sessions are refused until it can: "
                            + reason);
        }
    }

    /** What failed, and why: of that the store's client often tells in the causes only. */
    private static String reason(RuntimeException failure) {
        var words = new StringBuilder(String.valueOf(failure.getMessage()));
        var cause = failure.getCause();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++, cause = cause.getCause()) {
            if (words.indexOf(String.valueOf(cause.getMessage())) < 0) {
                words.append(" (")
                        .append(cause.getClass().getSimpleName())
                        .append(": ")
                        .append(cause.getMessage())
                        .append(')');
            }
        }
        if (failure instanceof JedisRedirectionException) {
            words.append(" (it belongs to a cluster: name the member that has the keys)");
        }
        return words.toString();
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.forceDisconnect();
            } catch (java.io.IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "Closing a connection failed", e);
            }
            connection = null;
        }
    }

    private void failAll(List<Operation> batch) {
        batch.forEach(operation -> fail(operation, null));
        refused.forEach(next -> fail(next.operation(), null));
        refused.clear();
        refusals.clear();
        refuseQueued();
    }

    private void refuseQueued() {
        for (var next = queue.poll(); next != null; next = queue.poll()) {
            fail(next, null);
        }
    }

    private static void fail(Operation operation, @Nullable Throwable cause) {
        if (operation.reply() != null) {
            operation
                    .reply()
                    .completeExceptionally(
                            new StoreUnavailableException("The store of the sessions does not answer", cause));
        }
    }

    private void leave() {
        try {
            if (connection != null) {
                var last = gather();
                last.add(Operation.of('Y'));
                work(last);
            }
        } finally {
            up = false;
            failAll(List.of());
            disconnect();
        }
    }

    /** Stops as if the process had been killed: the store is told nothing. For tests. */
    void crash() {
        crashed = true;
        close();
    }

    /** Leaves the nodes, and waits until that is done. */
    void close() {
        closing = true;
        LockSupport.unpark(this);
        try {
            join(2 * store.timeout().toMillis() + 100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String text(@Nullable Object bulk) {
        return bulk instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(bulk);
    }
}
