package dev.mcpsession.server.session;

/** Why a session ended. */
public enum EndReason {

    /** It was idle for the whole idle timeout. */
    REAPED,

    /** Its client, or the program around the server, ended it. */
    TERMINATED,

    /** It was the longest idle session when room was needed for a new one. */
    EVICTED,

    /** The manager was closed. */
    SHUT_DOWN,

    /** The store that it was kept in has lost it, for instance by a restart without what it held. */
    LOST
}
