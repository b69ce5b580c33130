package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.protocol.Responses;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Peers;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionResource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The message streams of one session, and the latest events of all of them, to be sent again when a client resumes a
 * stream. A message of the server's own goes to one stream only. Its lock guards the streams too.
 */
final class SessionStreams implements SessionResource, Changes.Hearer {

    private static final int MAX_KEPT_BYTES = 1 << 20;
    /** Those that are remembered: it matters only for as long as an answer of the store is under way. */
    private static final int MAX_MOVES = 64;

    /** Pauses, in milliseconds, before a store is asked again for a stream that it does not know; each is doubled. */
    private static final long FIRST_PAUSE = 5;

    private static final long LAST_PAUSE = 80;

    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");
    private static final Pattern EVENT_ID = Pattern.compile("([0-9a-fx]{1,40})-(\\d{1,18})");

    private final int capacity;
    private final Changes changes;
    /** Null if no events are kept. */
    private final @Nullable KeptEvents all;

    private final EventRing events = new EventRing();
    /** The streams whose events are kept, by their numbers; not those that were complete when they were made. */
    private final Map<Integer, MessageStream> keepers = new HashMap<>(0);
    /** Whether all know that this keeps something. */
    private boolean keeping;
    /** The streams that are connected, can be resumed, or will be; not those of which only events are kept. */
    private final Map<String, MessageStream> streams = new LinkedHashMap<>();

    private int lastStream;
    private boolean closed;
    private volatile long lastKept = System.nanoTime();

    private final @Nullable Session session;
    private final Peers peers;
    /** The streams that other nodes have made; not all of them are in the map. */
    private final Set<MessageStream> foreign = new HashSet<>();
    /** How often streams had been resumed when other nodes last resumed them; the oldest are forgotten. */
    private final Map<String, Long> moves = new LinkedHashMap<>();

    /** The streams that are about to be taken over, by one client or several at once. */
    private final Map<String, Arriving> arriving = new LinkedHashMap<>();

    private static final class Arriving {

        /** How many answers of the store are awaited. */
        int asked;

        final List<Peers.Event> events = new ArrayList<>();
    }

    /** Streams of a session that no other node serves. */
    SessionStreams(int capacity, Changes changes, @Nullable KeptEvents all) {
        this(capacity, changes, all, null, Peers.NONE);
    }

    /**
     * @param capacity how many events are kept
     * @param all the events that all sessions keep
     */
    SessionStreams(int capacity, Changes changes, @Nullable KeptEvents all, @Nullable Session session, Peers peers) {
        this.session = session;
        this.peers = peers;
        this.capacity = capacity;
        this.changes = changes;
        this.all = all;
    }

    /** Streams whose events are not kept, and have no ids. */
    static SessionStreams keepingNothing(Changes changes) {
        return new SessionStreams(0, changes, null);
    }

    /** Begins a stream that answers a request. */
    synchronized MessageStream answer() {
        return begin(false);
    }

    /**
     * Makes a stream of responses that have all come already, and ends it.
     *
     * @param retryMillis what its first event tells the client about resuming; null for no such event
     * @return the stream, to be sent as it is
     */
    byte[] answerAtOnce(List<ObjectNode> responses, @Nullable Long retryMillis) {
        if (isShared()) {
            return answerForAll(responses, retryMillis);
        }
        synchronized (this) {
            int stream = ++lastStream;
            return write(
                    Integer.toString(stream),
                    responses,
                    retryMillis,
                    (number, bytes, from) -> keep(stream, number, bytes, from));
        }
    }

    private interface Keeper {

        /** @param event has the bytes of the event at its end, from an offset */
        void keep(long number, byte[] event, int from);
    }

    /** The first event is not kept: what follows is, and that is what a client resumes for. */
    private static byte[] write(String stream, List<ObjectNode> responses, @Nullable Long retryMillis, Keeper keeper) {
        long number = 0;
        var before = retryMillis == null ? "" : Replies.primingText(stream + "-" + ++number, retryMillis);
        var all = new byte[0];
        for (var response : responses) {
            var written = Replies.event(before, stream + "-" + ++number, response);
            keeper.keep(number, written, before.length());
            before = "";
            all = all.length == 0 ? written : joined(all, written);
        }
        return all;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        var both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    /**
     * Begins a stream for what the server says of its own accord.
     *
     * @throws Refused if the session has ended
     */
    synchronized MessageStream listen() throws Refused {
        if (closed) {
            throw Refused.sessionNotFound();
        }
        var stream = begin(true);
        changes.add(this);
        return stream;
    }

    private MessageStream begin(boolean listening) {
        boolean alone = !isShared();
        int number = ++lastStream;
        var name = alone ? Integer.toString(number) : peers.nameStream();
        var stream = new MessageStream(this, number, name, listening);
        streams.put(name, stream);
        if (!alone && listening) {
            peers.begin(session(), name, true, Map.of());
        }
        return stream;
    }

    /** The place from which a client resumes: the stream, and the last event of it that the client has. */
    record Cursor(MessageStream stream, long event) {}

    /**
     * Finds the stream of an event. Some of the events that followed may no longer be kept.
     *
     * @throws Refused if the session has ended, or nothing of the stream is kept
     */
    synchronized Cursor find(String eventId) throws Refused {
        if (closed) {
            throw Refused.sessionNotFound();
        }
        var matcher = EVENT_ID.matcher(eventId);
        var stream = matcher.matches() ? stream(matcher.group(1)) : null;
        if (stream == null) {
            throw notKept();
        }
        return new Cursor(stream, Long.parseLong(matcher.group(2)));
    }

    private @Nullable MessageStream stream(String name) {
        var stream = streams.get(name);
        if (stream != null || isShared() || !NUMBER.matcher(name).matches()) {
            return stream;
        }
        int number = Integer.parseInt(name);
        var kept = events.of(number);
        if (kept.isEmpty()) {
            return null;
        }
        stream = new MessageStream(this, number, name, false);
        for (var event : kept) {
            stream.keptEvent();
            stream.endedWith(event.number());
        }
        keepers.put(number, stream);
        streams.put(name, stream);
        return stream;
    }

    static Refused notKept() {
        return new Refused(400, "Bad request: Last-Event-ID names no event of this session that is still kept");
    }

    boolean keepsEvents() {
        return capacity > 0;
    }

    /** Keeps an event, in place of the oldest if need be; not any more once the session has ended. */
    void keep(MessageStream stream, long number, byte[] bytes) {
        if (!closed && bytes.length <= MAX_KEPT_BYTES) {
            stream.keptEvent();
            keepers.put(stream.number(), stream);
        }
        keep(stream.number(), number, bytes, 0);
    }

    private void keep(int stream, long number, byte[] bytes, int from) {
        if (closed) {
            return;
        }
        var all = Objects.requireNonNull(this.all, "What keeps events counts them");
        if (!keeping) {
            keeping = true;
            all.add(this);
        }
        int before = events.bytes();
        int length = bytes.length - from;
        while (events.count() > 0 && (events.count() == capacity || events.bytes() > MAX_KEPT_BYTES - length)) {
            forgetOldest();
        }
        if (length <= MAX_KEPT_BYTES) {
            events.add(stream, number, bytes, from);
        }
        lastKept = System.nanoTime();
        // Once, and not at all where a new event takes the room of an old one: all threads meet at this number.
        all.add(events.bytes() - before);
        while (all.isFull() && events.count() > 0) {
            all.add(-forgetOldest());
        }
    }

    /** Returns how many bytes that were. */
    private int forgetOldest() {
        int before = events.bytes();
        int number = events.removeOldest();
        var stream = keepers.isEmpty() ? null : keepers.get(number);
        if (stream != null && stream.lostEvent()) {
            keepers.remove(number);
        }
        return before - events.bytes();
    }

    /** When an event was last kept, in nanoseconds of the machine's clock. */
    long lastKept() {
        return lastKept;
    }

    /** Forgets all events. Their streams can then be resumed from later ones only. */
    synchronized void forgetEvents() {
        int before = events.bytes();
        while (events.count() > 0) {
            forgetOldest();
        }
        events.clear();
        if (all != null) {
            all.add(-before);
            all.remove(this);
            keeping = false;
        }
    }

    List<byte[]> kept(MessageStream stream, long after) {
        var found = new ArrayList<byte[]>();
        for (var event : events.of(stream.number())) {
            if (event.number() > after) {
                found.add(event.bytes());
            }
        }
        return found;
    }

    /** Takes a stream back that may have been forgotten; returns whether it may go on. */
    boolean remember(MessageStream stream) {
        streams.put(stream.name(), stream);
        return !(closed && stream.isListening());
    }

    void forgetIfUseless(MessageStream stream) {
        if (stream.isUseless()) {
            streams.remove(stream.name());
            foreign.remove(stream);
        }
    }

    private List<MessageStream> listening() {
        return streams.values().stream().filter(MessageStream::isListening).toList();
    }

    @Override
    public synchronized void toolsChanged(long change) {
        MessageStream chosen = null;
        for (var stream : listening()) {
            if (chosen == null || stream.isConnected() || !chosen.isConnected()) {
                chosen = stream;
            }
        }
        if (chosen == null) {
            return;
        }
        if (!peers.any()) {
            chosen.send(LegacyProtocol.toolsChanged());
        } else if (chosen.isConnected()) {
            // Other nodes may have streams of the same session, and one message goes to one stream only.
            var stream = chosen;
            peers.claim(session(), change).thenAccept(won -> {
                if (won) {
                    stream.send(LegacyProtocol.toolsChanged());
                }
            });
        }
    }

    @Override
    public synchronized void stopping() {
        closed = true;
        listening().forEach(MessageStream::finish);
    }

    @Override
    public void sessionEnded(Session session, EndReason reason) {
        stopping();
        forgetEvents();
        changes.remove(this);
    }

    @Override
    public void left(Session same) {
        changes.remove(this);
    }

    // Below: sessions that other nodes serve too.

    private Session session() {
        return Objects.requireNonNull(session, "Only streams of a session are shared");
    }

    private boolean isShared() {
        return peers.any() && keepsEvents();
    }

    /** Begins a stream that answers requests, of which other nodes get to know how to answer them if this one dies. */
    synchronized MessageStream answer(List<JsonNode> requests) {
        var stream = begin(false);
        if (isShared()) {
            var lastWords = new LinkedHashMap<String, String>();
            for (var request : requests) {
                lastWords.put(
                        key(request),
                        Replies.text(
                                stream.name() + "-\0",
                                Responses.error(request, Refused.nodeLost().error())));
            }
            peers.begin(session(), stream.name(), false, lastWords);
        }
        return stream;
    }

    /** As above; kept where all nodes find it, and nowhere else. */
    private byte[] answerForAll(List<ObjectNode> responses, @Nullable Long retryMillis) {
        var name = peers.nameStream();
        var kept = new ArrayList<Peers.Event>(responses.size());
        var all = write(
                name,
                responses,
                retryMillis,
                (number, bytes, from) ->
                        kept.add(new Peers.Event(number, Arrays.copyOfRange(bytes, from, bytes.length))));
        peers.keep(session(), name, kept);
        return all;
    }

    private static String key(JsonNode request) {
        return request.toString();
    }

    void publish(MessageStream stream, long number, byte[] event, @Nullable JsonNode message) {
        if (isShared()) {
            var request = message == null || message.has("method") ? null : message.get("id");
            peers.emit(session(), stream.name(), new Peers.Event(number, event), request == null ? null : key(request));
        }
    }

    void tellFinished(MessageStream stream, long last) {
        // A listening stream ends with its session, or with its node: then it can be resumed on another.
        if (isShared() && !stream.isListening() && !foreign.contains(stream)) {
            peers.finish(session(), stream.name(), last);
        }
    }

    void tellDisconnected(MessageStream stream) {
        if (isShared()) {
            peers.disconnected(session(), stream.name());
            if (foreign.remove(stream)) {
                // From now on what other nodes have of it is not heard here.
                streams.remove(stream.name());
            }
        }
    }

    /**
     * Finds the stream of an event, and takes it over if another node has it.
     *
     * @return fails as {@link #find} does, by giving null
     */
    CompletableFuture<@Nullable Cursor> resume(String eventId) throws Refused {
        var matcher = EVENT_ID.matcher(eventId);
        if (!matcher.matches()) {
            return CompletableFuture.completedFuture(null);
        }
        var name = matcher.group(1);
        long after = Long.parseLong(matcher.group(2));
        synchronized (this) {
            // The next message may arrive before the answer to this.
            arriving.computeIfAbsent(name, same -> new Arriving()).asked++;
        }
        return ask(name, after, FIRST_PAUSE).handle((resumed, failure) -> took(name, after, resumed, failure));
    }

    /**
     * Asks for a stream of another node. The client has an event of it, which that node may be about to tell the store:
     * so where the store knows nothing, it is asked again, for a moment.
     */
    private CompletableFuture<Peers.@Nullable Resumed> ask(String name, long after, long pause) {
        return peers.resume(session(), name, after)
                .thenCompose(resumed -> resumed != null || pause > LAST_PAUSE
                        ? CompletableFuture.completedFuture(resumed)
                        : CompletableFuture.supplyAsync(
                                        () -> ask(name, after, 2 * pause),
                                        CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS))
                                .thenCompose(again -> again));
    }

    private synchronized @Nullable Cursor took(
            String name, long after, Peers.@Nullable Resumed resumed, @Nullable Throwable failure) {
        var arrived = Objects.requireNonNull(arriving.get(name));
        if (--arrived.asked == 0) {
            arriving.remove(name);
        }
        if (failure != null) {
            throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
        }
        if (resumed == null) {
            return null;
        }
        var stream = streams.get(name);
        if (stream == null || foreign.contains(stream)) {
            // The events kept here may begin too late.
            var earlier = stream;
            stream = new MessageStream(this, ++lastStream, name, resumed.listening());
            for (var event : resumed.events()) {
                stream.emitted(event.number(), event.bytes());
            }
            stream.takeOver(resumed.last(), resumed.finished());
            stream.resumed(resumed.turn());
            if (earlier != null) {
                for (var event : events.of(earlier.number())) {
                    stream.emitted(event.number(), event.bytes());
                }
                foreign.remove(earlier);
                earlier.moved(resumed.turn());
            }
            for (var event : arrived.events) {
                stream.emitted(event.number(), event.bytes());
            }
            // Another node may have resumed it since, of which this one is told on another way.
            if (!stream.moved(moves.getOrDefault(name, 0L))) {
                streams.put(name, stream);
                foreign.add(stream);
                if (resumed.listening()) {
                    changes.add(this);
                }
            }
        } else {
            stream.resumed(resumed.turn());
            stream.moved(moves.getOrDefault(name, 0L));
        }
        return new Cursor(stream, after);
    }

    /** Another node has an event of a stream that this node serves. */
    synchronized void emitted(String name, Peers.Event event) {
        var stream = streams.get(name);
        if (stream != null && foreign.contains(stream)) {
            stream.emitted(event.number(), event.bytes());
        }
        var arrived = arriving.get(name);
        if (arrived != null) {
            arrived.events.add(event);
        }
    }

    /** Another node serves a stream now, if this one has not resumed it since. */
    synchronized void moved(String name, long turn) {
        moves.merge(name, turn, Math::max);
        if (moves.size() > MAX_MOVES) {
            moves.remove(moves.keySet().iterator().next());
        }
        var stream = streams.get(name);
        if (stream != null && stream.moved(turn)) {
            if (foreign.remove(stream) || stream.isListening()) {
                streams.remove(name);
            }
        }
    }
}
