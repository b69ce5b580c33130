package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionResource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The message streams of one session, and the latest events of all of them, to be sent again when a client resumes a
 * stream. A message of the server's own goes to one stream only. Its lock guards the streams too.
 */
final class SessionStreams implements SessionResource, Changes.Hearer {

    private static final int MAX_KEPT_BYTES = 1 << 20;
    private static final Pattern EVENT_ID = Pattern.compile("(\\d{1,9})-(\\d{1,18})");

    private record Event(MessageStream stream, long number, byte[] bytes) {
    }

    private final int capacity;
    private final Changes changes;

    private final Deque<Event> events = new ArrayDeque<>();
    private int keptBytes;
    /** Those that are connected, can be resumed, or will be. */
    private final Map<Integer, MessageStream> streams = new LinkedHashMap<>();
    private int lastStream;
    private boolean closed;

    /** @param capacity how many events are kept; 0 for none, and then they have no ids either */
    SessionStreams(int capacity, Changes changes) {
        this.capacity = capacity;
        this.changes = changes;
    }

    /** Begins a stream that answers a request. */
    synchronized MessageStream answer() {
        return begin(false);
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
        var stream = new MessageStream(this, ++lastStream, listening);
        streams.put(stream.number(), stream);
        return stream;
    }

    /** What a client wants to resume. */
    record Cursor(MessageStream stream, long event) {
    }

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
        var stream = matcher.matches() ? streams.get(Integer.valueOf(matcher.group(1))) : null;
        if (stream == null) {
            throw new Refused(400, "Bad request: Last-Event-ID names no event of this session that is still kept");
        }
        return new Cursor(stream, Long.parseLong(matcher.group(2)));
    }

    boolean keepsEvents() {
        return capacity > 0;
    }

    void keep(MessageStream stream, long number, byte[] bytes) {
        events.add(new Event(stream, number, bytes));
        keptBytes += bytes.length;
        while (events.size() > capacity || keptBytes > MAX_KEPT_BYTES) {
            var lost = events.remove();
            keptBytes -= lost.bytes.length;
            lost.stream.lostEvent();
        }
    }

    List<byte[]> kept(MessageStream stream, long after) {
        var found = new ArrayList<byte[]>();
        for (var event : events) {
            if (event.stream == stream && event.number > after) {
                found.add(event.bytes);
            }
        }
        return found;
    }

    /** Takes a stream back that may have been forgotten; returns whether it may go on. */
    boolean remember(MessageStream stream) {
        streams.put(stream.number(), stream);
        return !(closed && stream.isListening());
    }

    void forgetIfUseless(MessageStream stream) {
        if (stream.isUseless()) {
            streams.remove(stream.number());
        }
    }

    private List<MessageStream> listening() {
        return streams.values().stream().filter(MessageStream::isListening).toList();
    }

    @Override
    public synchronized void toolsChanged() {
        MessageStream chosen = null;
        for (var stream : listening()) {
            if (chosen == null || stream.isConnected() || !chosen.isConnected()) {
                chosen = stream;
            }
        }
        if (chosen != null) {
            chosen.send(LegacyProtocol.toolsChanged());
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
        changes.remove(this);
    }
}
