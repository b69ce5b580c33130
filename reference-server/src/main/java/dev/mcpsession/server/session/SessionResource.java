package dev.mcpsession.server.session;

/** Something that must not outlive its session, such as an open stream or a pending call. */
public interface SessionResource {

    /**
     * The session has ended. Called at most once, after the session was removed, on the thread that ended it; must not
     * block.
     */
    void sessionEnded(Session session, EndReason reason);

    /**
     * This node has nothing more to do with the session, which lives on for other nodes. Called at most once, and only
     * where sessions are in a shared store; nothing else is told afterwards. Must not block.
     */
    default void left(Session session) {}
}
