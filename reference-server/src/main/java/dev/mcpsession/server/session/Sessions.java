package dev.mcpsession.server.session;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a server, wherever they are kept: in memory ({@link SessionManager}), or in a store that several
 * nodes share. What has to ask a store gives a future, which is complete already where sessions are in memory. A
 * future fails, or the method throws, with {@link NoRoomException} if a limit is reached, and with
 * {@link StoreUnavailableException} if the store does not answer. Safe for use by many threads; nothing blocks but
 * {@link #close}.
 */
public interface Sessions extends AutoCloseable {

    /** Returns the options that the sessions are treated by. */
    SessionOptions options();

    /**
     * Opens a session. It is acquired for {@link Use#REQUEST} by the exchange that opens it, which must
     * {@linkplain #release release} it.
     *
     * @param owner the principal to whom the session belongs; null if it was opened without credentials
     * @param attachment whatever the caller needs to remember; null for nothing
     */
    CompletableFuture<Session> open(@Nullable String owner, @Nullable Object attachment);

    /**
     * Finds a session and starts an exchange in it. A session that belongs to somebody else is not found, and is not
     * touched. Each success must be followed by one {@link #release} with the same use.
     *
     * @return the session; null if there is none with this id for this owner
     */
    CompletableFuture<@Nullable Session> enter(String id, @Nullable String owner, Use use);

    /**
     * Starts one more exchange in a session that the caller has entered and not yet released. Each success must be
     * followed by one {@link #release} with the same use.
     *
     * @return false if the session has ended, as far as this node knows
     * @throws NoRoomException if too many exchanges are open in the session
     */
    boolean acquire(Session session, Use use);

    /** Ends an exchange that was started with the same use. The last one to end starts the full idle timeout anew. */
    void release(Session session, Use use);

    /**
     * Ends a session, whatever is in progress in it, on whichever node.
     *
     * @return whether this call ended it; false if it had ended already
     */
    CompletableFuture<Boolean> end(Session session);

    /** Remembers that a session's attachment has changed, for the exchanges that follow on any node. */
    CompletableFuture<Void> save(Session session);

    /** Returns what the other nodes have to be told; {@link Peers#NONE} if there cannot be any. */
    Peers peers();

    /** Returns what this node has done so far; the sessions that live are those of all nodes. */
    SessionCounts counts();

    /** Describes some of the sessions, in no particular order: at most so many. */
    CompletableFuture<List<SessionInfo>> list(int limit);

    /** Describes a session without touching it; gives null if there is none with this id. */
    CompletableFuture<@Nullable SessionInfo> describe(String id);

    /** Ends the session with this id, whatever is in progress in it; gives whether this call ended it. */
    CompletableFuture<Boolean> end(String id);

    /** Ends the session with this id as if its deadline had passed; gives false if there is none or it is held. */
    CompletableFuture<Boolean> reap(String id);

    /** Opens no more sessions on this node; those that exist go on. A second call does nothing. */
    void drain();

    /** Returns whether no more sessions are opened on this node. */
    boolean isDraining();

    /**
     * Opens no more sessions. Those in memory end; those in a store live on for the other nodes, and what is attached
     * to them here is told that this node has {@linkplain SessionResource#left left} them. A second call does nothing.
     */
    @Override
    void close();
}
