package dev.mcpsession.server.session;

/** What a session is acquired for; {@link IdlePolicy} may treat the two differently. */
public enum Use {

    /** Something that comes to an end by itself: a message and the work that it causes. */
    REQUEST,

    /** Something that stays open until one side closes it. */
    STREAM
}
