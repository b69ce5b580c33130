package dev.mcpsession.server.session;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that serve the same sessions, as seen from one of them. An open stream is on one node; what is told here
 * lets any other take it over. Nothing blocks, and what tells without giving a future is lost if the store is.
 */
public interface Peers {

    /** Hears what other nodes tell. Called on one thread, in the order in which it was told; must not block. */
    interface Hearer {

        /** Another node has a message for the exchanges of a session that are open on this one. */
        void signalled(Session session, String message);

        /**
         * Something has changed that all clients may want to hear of. Told on every node, also on the one where it
         * happened.
         *
         * @param change its number; later ones have larger numbers
         */
        void changed(long change);

        /** A stream that this node serves has a new event, on another node. */
        void emitted(Session session, String stream, Event event);

        /**
         * A stream that this node serves, or has served, has been resumed on another one, which serves it now, unless
         * this node has resumed it since.
         *
         * @param turn how often it had been resumed then, with that time; see {@link Resumed}
         */
        void moved(Session session, String stream, long turn);
    }

    /**
     * An event of a stream.
     *
     * @param number its place in the stream, beginning with 1; also that of the last event if it only ends the stream
     * @param bytes what is sent to the client; null if nothing comes any more
     */
    record Event(long number, byte @Nullable [] bytes) {}

    /**
     * The events for a client that resumes a stream.
     *
     * @param events what is kept of the stream after the event that the client named
     * @param last the number of the stream's last event so far
     * @param finished whether nothing more will come
     * @param listening whether it is a stream for what the server says of its own accord
     * @param turn how often it has been resumed, with this time; 0 if nothing more can come on it
     */
    record Resumed(List<Event> events, long last, boolean finished, boolean listening, long turn) {}

    /** There are no other nodes, and streams are kept by whoever made them. */
    Peers NONE = new NoPeers();

    /** Returns whether there may be other nodes; if not, nothing else here need be called. */
    boolean any();

    /** Sets who hears on this node. */
    void hear(Hearer hearer);

    /** Returns a name for a stream that no other stream of any session has. */
    String nameStream();

    /** Tells the exchanges of a session that are open on other nodes. */
    void signal(Session session, String message);

    /** Tells all nodes, this one included, that something has changed; {@link Hearer#changed} comes on each. */
    void announce();

    /**
     * Claims a change for one stream of a session: of all calls with the same session and change, on whichever nodes,
     * one gives true.
     */
    CompletableFuture<Boolean> claim(Session session, long change);

    /**
     * Begins a stream that is served by this node.
     *
     * @param listening whether it is for what the server says of its own accord
     * @param lastWords what the stream ends with if this node does not live to answer: for each request id, as JSON,
     *        the message in place of its answer
     */
    void begin(Session session, String stream, boolean listening, Map<String, String> lastWords);

    /**
     * Keeps an event of a stream, and passes it on if another node serves the stream now.
     *
     * @param answered the id, as JSON, of the request that it answers; null if it is no answer
     */
    void emit(Session session, String stream, Event event, @Nullable String answered);

    /** Keeps the events of a stream that was sent as a whole, without having begun. */
    void keep(Session session, String stream, List<Event> events);

    /** Nothing more will come on a stream. */
    void finish(Session session, String stream, long last);

    /** This node does not serve a stream any longer. It can be resumed, if anything of it is kept. */
    void disconnected(Session session, String stream);

    /**
     * Takes a stream over: from now on this node serves it. What comes after the events that are given here comes by
     * {@link Hearer#emitted}, unless it comes from this node.
     *
     * @param after the number of the last event that the client has
     * @return null if nothing of the stream is kept
     */
    CompletableFuture<@Nullable Resumed> resume(Session session, String stream, long after);
}
