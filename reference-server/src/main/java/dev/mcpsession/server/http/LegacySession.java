package dev.mcpsession.server.http;

import dev.mcpsession.server.protocol.Json;
import dev.mcpsession.server.protocol.LegacyProtocol;
import dev.mcpsession.server.protocol.LogLevel;
import dev.mcpsession.server.protocol.Revision;
import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.Peers;
import dev.mcpsession.server.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The state of a session, as far as the endpoint keeps it. Streams take memory only in sessions that have some. */
final class LegacySession implements LegacyProtocol.Client {

    /** The label of the revision, the name of the log level, and the id of the opening request as JSON. */
    static final Attachments ATTACHMENTS = new Attachments() {
        @Override
        public String write(@Nullable Object attachment) {
            var session = of(attachment);
            var opening = session.opening;
            return session.revision().label() + " " + session.level().name() + " "
                    + (opening instanceof String written
                            ? written
                            : new String(Json.write(session.opening()), StandardCharsets.UTF_8));
        }

        @Override
        public Object read(String text) {
            var words = text.split(" ", 3);
            var session = new LegacySession(Revision.of(words[0]).orElseThrow(), words[2]);
            session.level(LogLevel.valueOf(words[1]));
            return session;
        }

        @Override
        public void update(@Nullable Object attachment, String text) {
            of(attachment).level(LogLevel.valueOf(text.split(" ", 3)[1]));
        }
    };

    private static final Revision[] REVISIONS = Revision.values();
    private static final LogLevel[] LEVELS = LogLevel.values();

    /** An index, as is the level: so a session takes eight bytes less. */
    private final byte revision;

    private volatile byte level;
    /** A {@link JsonNode}, or what it was written as: a session that was read is seldom asked for it. */
    private final @Nullable Object opening;
    /** Made while this is locked; null while there are none. */
    private volatile @Nullable SessionStreams streams;

    /** @param opening the id of the request that has opened the session; null if there is no session */
    LegacySession(Revision revision, @Nullable JsonNode opening) {
        this(revision, (Object) opening);
    }

    private LegacySession(Revision revision, @Nullable Object opening) {
        this.revision = (byte) revision.ordinal();
        level(LogLevel.INFO);
        this.opening = opening;
    }

    static LegacySession of(Session session) {
        return of(session.attachment());
    }

    static LegacySession of(@Nullable Object attachment) {
        return (LegacySession) Objects.requireNonNull(attachment, "The endpoint opens every session with its state");
    }

    @Override
    public Revision revision() {
        return REVISIONS[revision];
    }

    @Override
    public LogLevel level() {
        return LEVELS[level];
    }

    @Override
    public void level(LogLevel least) {
        level = (byte) least.ordinal();
    }

    /** Returns the id of the request that has opened the session. */
    JsonNode opening() {
        return opening instanceof String written
                ? Json.read(written.getBytes(StandardCharsets.UTF_8))
                : (JsonNode) Objects.requireNonNull(opening, "No request has opened this");
    }

    /**
     * Returns the streams of the session.
     *
     * @throws Refused if the session has ended
     */
    SessionStreams streams(Session session, EndpointState state, Peers peers) throws Refused {
        var made = streams;
        return made == null ? makeStreams(session, state, peers) : made;
    }

    private synchronized SessionStreams makeStreams(Session session, EndpointState state, Peers peers) throws Refused {
        if (streams == null) {
            var fresh = new SessionStreams(
                    state.options().streams().eventStore(), state.changes(), state.kept(), session, peers);
            if (!session.attach(fresh)) {
                throw Refused.sessionNotFound();
            }
            streams = fresh;
            return fresh;
        }
        return streams;
    }

    /** Returns the streams of the session, if there have been any on this node; else null. */
    @Nullable
    SessionStreams streamsIfAny() {
        return streams;
    }
}
