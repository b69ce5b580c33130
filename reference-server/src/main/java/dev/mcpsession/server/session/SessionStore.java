package dev.mcpsession.server.session;

/** A store that several nodes share. None of them needs to know another. */
public interface SessionStore {

    /**
     * Joins the nodes that serve the sessions in the store. A store that does not answer now may do so later.
     *
     * @param options how sessions are treated; should be the same on all nodes, but for clock and listener
     * @param attachments how what the sessions are opened with is written
     * @param keptEvents how many events are kept of each session, for its streams to be resumed; 0 for none
     * @throws InvalidOptionException if the store cannot do what the options say
     */
    Sessions join(SessionOptions options, Attachments attachments, int keptEvents);
}
