package dev.mcpsession.server.http;

import io.undertow.server.HttpServerExchange;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One stream of messages to a client, which outlives the connections that it is sent over. Belongs to the
 * {@link SessionStreams} of a session, which guards all that changes in it.
 */
final class MessageStream {

    private final SessionStreams owner;
    private final int number;
    private final String name;
    private final boolean listening;

    private long events;
    private int kept;
    /** Whether other nodes have made events of it. */
    private boolean takenOver;
    /** How often the stream had been resumed when it was last resumed here, and elsewhere; 0 for never. */
    private long resumedAt;

    private long movedAt;

    private boolean finished;
    /** Null if the client is not connected. */
    private @Nullable EventStream connection;

    /**
     * @param number tells it from the other streams of the session on this node
     * @param name tells it from the other streams of the session on any node
     * @param listening whether it carries what the server says of its own accord; else it answers a request
     */
    MessageStream(SessionStreams owner, int number, String name, boolean listening) {
        this.owner = owner;
        this.number = number;
        this.name = name;
        this.listening = listening;
    }

    /** Sends a message, or keeps it until the client is connected again; does nothing when the stream has finished. */
    void send(JsonNode message) {
        synchronized (owner) {
            if (!finished) {
                emit(Replies.event(nextId(), message), message);
            }
        }
    }

    /** Sends an event without a message, so that the client knows from where to resume. */
    void prime(long retryMillis) {
        synchronized (owner) {
            var id = Objects.requireNonNull(nextId(), "A stream is primed only where it keeps events");
            emit(Replies.primingEvent(id, retryMillis), null);
        }
    }

    /** The id of the next event: unique among the streams of the session. Null if events are not kept. */
    private @Nullable String nextId() {
        return owner.keepsEvents() ? name + "-" + ++events : null;
    }

    /** @param message what the event holds; null for nothing */
    private void emit(byte[] event, @Nullable JsonNode message) {
        if (owner.keepsEvents()) {
            owner.keep(this, events, event);
            owner.publish(this, events, event, message);
        }
        if (connection != null) {
            connection.send(event);
        }
    }

    /**
     * Answers an exchange with what comes from now on, and before that with what was kept after the given event. On the
     * exchange's IO thread.
     */
    void serve(HttpServerExchange exchange, OpenStreams open, long lastEvent) {
        var fresh = new EventStream(exchange, open);
        exchange.addExchangeCompleteListener((completed, next) -> {
            disconnected(fresh);
            next.proceed();
        });
        connect(fresh, lastEvent);
        fresh.open();
    }

    /**
     * Takes up what other nodes have made of this stream so far. From now on this node serves it.
     *
     * @param last the number of its last event so far
     */
    void takeOver(long last, boolean over) {
        synchronized (owner) {
            events = Math.max(events, last);
            takenOver = true;
            finished |= over;
        }
    }

    /** Another node has an event of this stream; without bytes it is the end. */
    void emitted(long eventNumber, byte @Nullable [] event) {
        synchronized (owner) {
            if (event == null) {
                finished = true;
                if (connection != null) {
                    connection.end();
                    connection = null;
                }
            } else if (eventNumber > events) {
                events = eventNumber;
                owner.keep(this, events, event);
                if (connection != null) {
                    connection.send(event);
                }
            }
        }
    }

    /** The stream is served from here since it was resumed for the so many-th time, even if nothing is sent yet. */
    void resumed(long turn) {
        resumedAt = Math.max(resumedAt, turn);
    }

    /**
     * The stream is served elsewhere since it was resumed for the so many-th time: nothing more is sent from here,
     * unless it has been resumed here after that. What has yet to connect finds it ended.
     *
     * @return whether it is served elsewhere
     */
    boolean moved(long turn) {
        synchronized (owner) {
            movedAt = Math.max(movedAt, turn);
            if (isElsewhere() && connection != null) {
                connection.end();
                connection = null;
            }
            return isElsewhere();
        }
    }

    private boolean isElsewhere() {
        return movedAt > resumedAt;
    }

    private void connect(EventStream newConnection, long lastEvent) {
        synchronized (owner) {
            if (isElsewhere()) {
                newConnection.end();
                return;
            }
            if (connection != null) {
                // The client has come back before we noticed that it was gone.
                connection.end();
            }
            connection = newConnection;
            finished |= !owner.remember(this);
            owner.kept(this, lastEvent).forEach(connection::send);
            if (finished) {
                connection.end();
                connection = null;
            }
        }
    }

    /** Closes the connection, if the client can resume. */
    void disconnect() {
        synchronized (owner) {
            if (connection != null && (kept > 0 || takenOver)) {
                connection.end();
                connection = null;
                owner.tellDisconnected(this);
            }
        }
    }

    private void disconnected(EventStream gone) {
        synchronized (owner) {
            if (connection == gone) {
                connection = null;
                owner.forgetIfUseless(this);
                owner.tellDisconnected(this);
            }
        }
    }

    /** Ends the stream after what was sent before. */
    void finish() {
        synchronized (owner) {
            finished = true;
            if (connection != null) {
                connection.end();
                connection = null;
            }
            owner.tellFinished(this, events);
            owner.forgetIfUseless(this);
        }
    }

    /** The stream has ended before it was made, with this event. */
    void endedWith(long lastEvent) {
        events = lastEvent;
        finished = true;
    }

    /** One more of its events is kept. */
    void keptEvent() {
        kept++;
    }

    /** One of its events is no longer kept; returns whether none is. */
    boolean lostEvent() {
        kept--;
        owner.forgetIfUseless(this);
        return kept == 0;
    }

    int number() {
        return number;
    }

    String name() {
        return name;
    }

    boolean isListening() {
        return listening;
    }

    boolean isConnected() {
        return connection != null;
    }

    /** Returns whether there is nothing to resume, and nothing to come that would have to be kept. */
    boolean isUseless() {
        return connection == null && kept == 0 && !takenOver && (finished || listening);
    }
}
