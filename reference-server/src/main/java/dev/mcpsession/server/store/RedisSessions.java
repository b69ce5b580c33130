package dev.mcpsession.server.store;

import static java.lang.System.Logger.Level.WARNING;

import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.LocalSessions;
import dev.mcpsession.server.session.NoRoomException;
import dev.mcpsession.server.session.Peers;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionCounts;
import dev.mcpsession.server.session.SessionIds;
import dev.mcpsession.server.session.SessionInfo;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Sessions;
import dev.mcpsession.server.session.Use;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The sessions in a {@link RedisStore}, as one node serves them. */
final class RedisSessions implements Sessions, Peers, Line.Client {

    private static final System.Logger LOG = System.getLogger(RedisSessions.class.getName());

    /** Far longer than any id that is issued: what is longer need not be asked for. */
    private static final int MAX_ID = 64;

    private final SessionOptions options;
    private final Attachments attachments;
    private final String node = newNode();
    private final LocalSessions local;
    private final SessionIds ids = new SessionIds();
    private final Line line;
    private final Inbox inbox;

    private final AtomicLong streams = new AtomicLong();
    private final LongAdder opened = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<EndReason, LongAdder> ended = new EnumMap<>(EndReason.class);
    private volatile long live;
    private volatile @Nullable Hearer hearer;
    private volatile boolean draining;
    private volatile boolean closed;

    RedisSessions(RedisStore store, Scripts scripts, SessionOptions options, Attachments attachments, int keptEvents) {
        this.options = options;
        this.attachments = attachments;
        local = new LocalSessions(attachments);
        for (var reason : EndReason.values()) {
            ended.put(reason, new LongAdder());
        }
        var timeout = options.idleTimeout() == null ? 0 : Math.max(1, micros(options.idleTimeout()));
        inbox = new Inbox(store, node, this::told);
        line = new Line(
                store,
                scripts,
                node,
                options.idleTimeout(),
                new String[] {
                    Long.toString(timeout),
                    Integer.toString(options.maxSessions()),
                    Integer.toString(keptEvents),
                    Long.toString(micros(store.lease()))
                },
                this);
        inbox.start();
        line.open();
    }

    private static String newNode() {
        var bytes = new byte[6];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static long micros(Duration duration) {
        return TimeUnit.NANOSECONDS.toMicros(duration.toNanos() + 999);
    }

    @Override
    public SessionOptions options() {
        return options;
    }

    @Override
    public CompletableFuture<Session> open(@Nullable String owner, @Nullable Object attachment) {
        if (isDraining()) {
            refused.increment();
            throw new NoRoomException("The server opens no more sessions");
        }
        var id = ids.next();
        boolean holds = options.idlePolicy().holds(Use.REQUEST);
        local.ask(id);
        return ask('C', id, written(owner), attachments.write(attachment), holds ? "1" : "0")
                .handle((reply, failure) -> {
                    if (failure != null || reply.equals(0L)) {
                        local.notFound(id);
                        if (failure != null) {
                            throw unwrapped(failure);
                        }
                        refused.increment();
                        throw new NoRoomException("Too many sessions, and none of them is idle");
                    }
                    opened.increment();
                    var session = local.opened(id, owner, attachment, holds);
                    if (session == null) {
                        session = local.detached(id, owner, attachments.write(attachment));
                    }
                    tellOpened(session);
                    return session;
                });
    }

    @Override
    public CompletableFuture<@Nullable Session> enter(String id, @Nullable String owner, Use use) {
        // A node that has stopped refuses: the session may well live on, on the others.
        if (id.length() > MAX_ID) {
            return CompletableFuture.completedFuture(null);
        }
        boolean holds = options.idlePolicy().holds(use);
        local.ask(id);
        return ask('A', id, written(owner), holds ? "1" : "0").handle((reply, failure) -> {
            if (failure != null || reply == null) {
                local.notFound(id);
                if (failure != null) {
                    throw unwrapped(failure);
                }
                return null;
            }
            var session = local.found(id, owner, Line.text(reply), holds);
            if (session != null && !holds) {
                tellExtended(session);
            }
            return session;
        });
    }

    /** The failure of a future of the line. */
    private static RuntimeException unwrapped(Throwable failure) {
        var cause = failure instanceof java.util.concurrent.CompletionException ? failure.getCause() : failure;
        return cause instanceof RuntimeException runtime ? runtime : new IllegalStateException(cause);
    }

    private static String written(@Nullable String owner) {
        return owner == null ? "" : owner;
    }

    private static @Nullable String read(String owner) {
        return owner.isEmpty() ? null : owner;
    }

    @Override
    public boolean acquire(Session session, Use use) {
        return local.again(session, options.idlePolicy().holds(use));
    }

    @Override
    public void release(Session session, Use use) {
        var left = local.leave(session, options.idlePolicy().holds(use));
        if (left == LocalSessions.Left.IDLE) {
            line.release(session.id());
        }
        if (left != LocalSessions.Left.NOTHING_CHANGES) {
            tellExtended(session);
        }
    }

    @Override
    public CompletableFuture<Boolean> end(Session session) {
        return end(session.id());
    }

    @Override
    public CompletableFuture<Boolean> end(String id) {
        return ask('T', id).thenApply(reply -> reply.equals(1L));
    }

    @Override
    public CompletableFuture<Boolean> reap(String id) {
        return ask('X', id).thenApply(reply -> reply.equals(1L));
    }

    @Override
    public CompletableFuture<Void> save(Session session) {
        return ask('S', session.id(), attachments.write(session.attachment())).thenApply(reply -> null);
    }

    @Override
    public Peers peers() {
        return this;
    }

    @Override
    public SessionCounts counts() {
        return new SessionCounts(
                live,
                opened.sum(),
                sumOf(EndReason.REAPED),
                sumOf(EndReason.TERMINATED),
                sumOf(EndReason.EVICTED),
                sumOf(EndReason.SHUT_DOWN),
                refused.sum());
    }

    private LongAdder counter(EndReason reason) {
        return Objects.requireNonNull(ended.get(reason), "Each reason has a counter");
    }

    private long sumOf(EndReason reason) {
        return counter(reason).sum();
    }

    @Override
    public CompletableFuture<List<SessionInfo>> list(int limit) {
        return ask('L', Integer.toString(limit)).thenApply(reply -> {
            var all = new ArrayList<SessionInfo>();
            ((List<?>) reply).forEach(each -> all.add(info(each)));
            return all;
        });
    }

    @Override
    public CompletableFuture<@Nullable SessionInfo> describe(String id) {
        return ask('D', id).thenApply(reply -> reply == null ? null : info(reply));
    }

    private SessionInfo info(Object reply) {
        var fields = ((List<?>) reply).stream().map(Line::text).toList();
        return new SessionInfo(
                fields.get(0),
                read(fields.get(2)),
                attachments.read(fields.get(1)),
                Integer.parseInt(fields.get(3)),
                Duration.ofNanos(1_000 * Math.max(0, Long.parseLong(fields.get(4)))));
    }

    @Override
    public void drain() {
        draining = true;
    }

    @Override
    public boolean isDraining() {
        return draining || closed;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        local.leaveAll();
        line.close();
        inbox.close();
    }

    /** Stops as if the process had been killed: the store is told nothing. For tests. */
    void crash() {
        closed = true;
        line.crash();
        inbox.close();
    }

    private CompletableFuture<Object> ask(char letter, Object... arguments) {
        var reply = new CompletableFuture<Object>();
        line.ask(new Operation(letter, arguments, reply));
        return reply;
    }

    // Callbacks of the line.

    @Override
    public List<String> held() {
        return local.held();
    }

    @Override
    public long letGo(String id) {
        return local.letGo(id);
    }

    @Override
    public void joined(String lastEnd, long lastChange, List<String> gone) {
        inbox.joined(lastEnd);
        for (var id : gone) {
            var session = local.find(id);
            local.end(id, EndReason.LOST);
            if (session != null) {
                tellEnded(session, EndReason.LOST);
            }
        }
    }

    @Override
    public void counted(long sessions) {
        live = sessions;
    }

    // Callbacks of the inbox.

    private void told(Map<String, byte[]> entry) {
        var kind = entry.get("k");
        var hears = hearer;
        if (entry.containsKey("r")) {
            ended(Line.text(entry.get("i")), entry);
        } else if (entry.containsKey("c")) {
            if (hears != null) {
                hears.changed(Long.parseLong(Line.text(entry.get("c"))));
            }
        } else if (kind != null && hears != null) {
            var session = local.find(Line.text(entry.get("i")));
            if (session != null) {
                told(Line.text(kind), session, entry, hears);
            }
        }
    }

    private static void told(String kind, Session session, Map<String, byte[]> entry, Hearer hears) {
        switch (kind) {
            case "M" -> hears.signalled(session, Line.text(entry.get("m")));
            case "E", "F" ->
                hears.emitted(
                        session,
                        Line.text(entry.get("s")),
                        new Event(Long.parseLong(Line.text(entry.get("q"))), entry.get("b")));
            case "V" -> hears.moved(session, Line.text(entry.get("s")), Long.parseLong(Line.text(entry.get("t"))));
            default -> LOG.log(WARNING, "Another node tells something that this one does not know: " + kind);
        }
    }

    private void ended(String id, Map<String, byte[]> entry) {
        var reason = EndReason.valueOf(Line.text(entry.get("r")));
        var session = local.find(id);
        local.end(id, reason);
        // Each end is told to listeners on one node, that which has brought it about.
        if (Line.text(entry.get("n")).equals(node)) {
            counter(reason).increment();
            tellEnded(
                    session != null
                            ? session
                            : local.detached(id, read(Line.text(entry.get("o"))), Line.text(entry.get("a"))),
                    reason);
        }
    }

    private void tellOpened(Session session) {
        tell(() -> options.listener().opened(session));
    }

    private void tellExtended(Session session) {
        tell(() -> options.listener().extended(session));
    }

    private void tellEnded(Session session, EndReason reason) {
        tell(() -> options.listener().ended(session, reason));
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.log(WARNING, "A session listener failed", e);
        }
    }

    // Peers.

    @Override
    public boolean any() {
        return true;
    }

    @Override
    public void hear(Hearer who) {
        hearer = who;
    }

    @Override
    public String nameStream() {
        return node + "x" + streams.incrementAndGet();
    }

    @Override
    public void signal(Session session, String message) {
        ask('M', session.id(), message);
    }

    @Override
    public void announce() {
        ask('K');
    }

    @Override
    public CompletableFuture<Boolean> claim(Session session, long change) {
        return ask('Q', session.id(), Long.toString(change)).thenApply(reply -> reply.equals(1L));
    }

    @Override
    public void begin(Session session, String stream, boolean listening, Map<String, String> lastWords) {
        var arguments = new ArrayList<Object>(
                List.of(session.id(), stream, listening ? "1" : "0", Integer.toString(lastWords.size())));
        lastWords.forEach((request, words) -> {
            arguments.add(request);
            arguments.add(words);
        });
        ask('B', arguments.toArray());
    }

    @Override
    public void emit(Session session, String stream, Event event, @Nullable String answered) {
        var bytes = Objects.requireNonNull(event.bytes(), "The end of a stream is told by finish");
        ask('E', session.id(), stream, Long.toString(event.number()), bytes, answered == null ? "" : answered);
    }

    @Override
    public void keep(Session session, String stream, List<Event> events) {
        var arguments = new Object[3 + 2 * events.size()];
        arguments[0] = session.id();
        arguments[1] = stream;
        arguments[2] = Integer.toString(events.size());
        for (int i = 0; i < events.size(); i++) {
            arguments[3 + 2 * i] = Long.toString(events.get(i).number());
            arguments[4 + 2 * i] = events.get(i).bytes();
        }
        line.ask(new Operation('O', arguments, null));
    }

    @Override
    public void finish(Session session, String stream, long last) {
        ask('F', session.id(), stream, Long.toString(last));
    }

    @Override
    public void disconnected(Session session, String stream) {
        ask('G', session.id(), stream);
    }

    @Override
    public CompletableFuture<@Nullable Resumed> resume(Session session, String stream, long after) {
        return ask('U', session.id(), stream, Long.toString(after)).thenApply(reply -> {
            if (reply == null) {
                return null;
            }
            var fields = (List<?>) reply;
            var kept = (List<?>) fields.get(3);
            var events = new ArrayList<Event>();
            for (int i = 0; i < kept.size(); i += 2) {
                events.add(new Event(Long.parseLong(Line.text(kept.get(i))), (byte[]) kept.get(i + 1)));
            }
            return new Resumed(
                    events,
                    Long.parseLong(Line.text(fields.get(0))),
                    Line.text(fields.get(1)).equals("1"),
                    Line.text(fields.get(2)).equals("1"),
                    Long.parseLong(Line.text(fields.get(4))));
        });
    }
}
