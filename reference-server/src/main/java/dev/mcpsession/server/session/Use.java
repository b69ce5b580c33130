package dev.mcpsession.server.session;

/** The purpose of acquiring a session; {@link IdlePolicy} may treat the two differently. */
public enum Use {

    /** Something that comes to an end by itself: a message and the work that it causes. */
    REQUEST,

    /** Something that stays open until one side closes it. */
    STREAM
}
