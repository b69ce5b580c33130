package dev.mcpsession.server.session;

/** The activity that keeps a session from being idle. The variants are those seen in real servers. */
public enum IdlePolicy {

    /** Every exchange in progress holds the clock, an open stream as much as a request. The default. */
    OPEN_EXCHANGES,

    /** Requests in progress hold the clock; a stream counts only on the moment when it is opened. */
    REQUESTS,

    /** Nothing holds the clock: the timeout runs from the last arrival, even under a call that is still running. */
    ARRIVAL;

    /** Returns whether an exchange in progress keeps its session from being idle. */
    public boolean holds(Use use) {
        return switch (this) {
            case OPEN_EXCHANGES -> true;
            case REQUESTS -> use == Use.REQUEST;
            case ARRIVAL -> false;
        };
    }
}
