package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Changes;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.protocol.LogLevel;
import dev.mcpsession.server.protocol.Revision;
import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.Peers;
import dev.mcpsession.server.session.Session;

/** What the endpoint remembers of a session. Most sessions have no streams, and so no memory is spent on them. */
final class LegacySession implements LegacyProtocol.Client {

    /** The label of the revision, a space, and the name of the log level. */
    static final Attachments ATTACHMENTS = new Attachments() {
        @Override
        public String write(Object attachment) {
            var session = (LegacySession) attachment;
            return session.revision.label() + " " + session.level.name();
        }

        @Override
        public Object read(String text) {
            var words = text.split(" ");
            var session = new LegacySession(Revision.of(words[0]).orElseThrow());
            session.level = LogLevel.valueOf(words[1]);
            return session;
        }

        @Override
        public void update(Object attachment, String text) {
            ((LegacySession) attachment).level = LogLevel.valueOf(text.substring(text.indexOf(' ') + 1));
        }
    };

    private final Revision revision;
    private volatile LogLevel level = LogLevel.INFO;
    /** Guarded by this. */
    private SessionStreams streams;

    LegacySession(Revision revision) {
        this.revision = revision;
    }

    static LegacySession of(Session session) {
        return (LegacySession) session.attachment();
    }

    @Override
    public Revision revision() {
        return revision;
    }

    @Override
    public LogLevel level() {
        return level;
    }

    @Override
    public void level(LogLevel least) {
        level = least;
    }

    /**
     * Returns the streams of the session.
     *
     * @throws Refused if the session has ended
     */
    synchronized SessionStreams streams(Session session, int keptEvents, Changes changes, Peers peers)
            throws Refused {
        if (streams == null) {
            var fresh = new SessionStreams(keptEvents, changes, session, peers);
            if (!session.attach(fresh)) {
                throw Refused.sessionNotFound();
            }
            streams = fresh;
        }
        return streams;
    }

    /** Returns the streams of the session, if there have been any on this node; else null. */
    synchronized SessionStreams streamsIfAny() {
        return streams;
    }
}
