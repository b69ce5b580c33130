package dev.mcpsession.server.session;

/** Something that must not outlive its session, such as an open stream or a pending call. */
public interface SessionResource {

    /**
     * The session has ended. Called at most once, after the session was removed, on the thread that ended it; must not
     * block.
     */
    void sessionEnded(Session session, EndReason reason);
}
