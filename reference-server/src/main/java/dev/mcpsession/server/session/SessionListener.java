package dev.mcpsession.server.session;

/**
 * Hears of the life of sessions. Called on the thread that causes the event, so it must be quick. Of each session it
 * hears {@link #opened} first and {@link #ended} last, each exactly once. What it throws is logged and otherwise
 * ignored.
 */
public interface SessionListener {

    /** A session was accepted; it can be acquired as soon as this returns. */
    default void opened(Session session) {}

    /** The session is idle from now on, after activity: its full idle timeout starts anew. */
    default void extended(Session session) {}

    /** The session has ended: it can no longer be found, and what was attached to it has been told. */
    default void ended(Session session, EndReason reason) {}
}
