package dev.mcpsession.server;

import dev.mcpsession.server.http.EndpointOptions;
import dev.mcpsession.server.http.McpEndpoint;
import dev.mcpsession.server.http.StreamOptions;
import dev.mcpsession.server.http.Tokens;
import dev.mcpsession.server.protocol.CallCounts;
import dev.mcpsession.server.protocol.Era;
import dev.mcpsession.server.session.Clock;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An MCP server over Streamable HTTP whose sessions are right: to test a client with, and to measure other servers by.
 *
 * <pre>{@code
 * try (var server = ReferenceServer.builder().idleTimeout(Duration.ofMillis(500)).start()) {
 *     connect(server.uri());
 * }
 * }</pre>
 */
public final class ReferenceServer implements AutoCloseable {

    private static final int MAX_BODY_BYTES = 1 << 20;
    /** What the last answers get to go out in. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

    private final HttpService http;
    private final McpEndpoint endpoint;
    private final SessionManager sessions;
    private final URI uri;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ReferenceServer(HttpService http, McpEndpoint endpoint, SessionManager sessions, URI uri) {
        this.http = http;
        this.endpoint = endpoint;
        this.sessions = sessions;
        this.uri = uri;
    }

    /** Returns a builder that holds the default of every option. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the URL of the MCP endpoint. */
    public URI uri() {
        return uri;
    }

    /** Returns the port that the server listens on. */
    public int port() {
        return uri.getPort();
    }

    /** Returns the sessions of the server; a stateless server never has any. */
    public SessionManager sessions() {
        return sessions;
    }

    /** Tells every client that listens that the list of tools may have changed. */
    public void announceToolsChanged() {
        endpoint.changes().toolsChanged();
    }

    /** Returns what has become of the calls of tools so far. */
    public CallCounts calls() {
        return endpoint.calls();
    }

    /**
     * Stops the server: ends all sessions, with their streams and pending calls, gives the answers that follow from
     * that a moment to go out, and closes all connections. A second call does nothing.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        http.refuseRequests();
        endpoint.changes().stop();
        sessions.close();
        http.awaitAnswers(LAST_ANSWERS);
        http.stop();
        endpoint.close();
    }

    /** The options of a {@link ReferenceServer}. */
    public static final class Builder {

        private static final Duration LONGEST = Duration.ofDays(365);

        private String host = "127.0.0.1";
        private int port;
        private String path = "/mcp";
        private SessionOptions sessions = SessionOptions.defaults();
        private Era era = Era.DUAL;
        private Tokens tokens = Tokens.NONE;
        private Duration keepAlive = Duration.ofSeconds(15);
        private int eventStore = 128;
        private int streamBuffer = 2 << 20;
        private Duration retry = Duration.ofMillis(500);
        private boolean stateless;
        private boolean jsonAnswers;

        private Builder() {
        }

        /** Sets the name or address of the interface to listen on; by default 127.0.0.1. */
        public Builder host(String name) {
            host = Objects.requireNonNull(name, "host");
            return this;
        }

        /** Sets the port to listen on; by default 0, which picks a free one. */
        public Builder port(int number) {
            port = number;
            return this;
        }

        /** Sets the path of the MCP endpoint; by default {@code /mcp}. */
        public Builder path(String absolute) {
            path = Objects.requireNonNull(absolute, "path");
            return this;
        }

        /**
         * Sets after how long an idle session ends; null, the default, for never.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder idleTimeout(Duration timeout) {
            sessions = sessions.withIdleTimeout(timeout);
            return this;
        }

        /** Sets what keeps a session from being idle; by default every open exchange. */
        public Builder idlePolicy(IdlePolicy policy) {
            sessions = sessions.withIdlePolicy(policy);
            return this;
        }

        /**
         * Sets how many sessions may exist at once; 0, the default, for no limit. Beyond it, the longest idle session
         * makes room.
         *
         * @throws InvalidOptionException if it is negative
         */
        public Builder maxSessions(int limit) {
            sessions = sessions.withMaxSessions(limit);
            return this;
        }

        /** Sets the time by which sessions expire; by default the machine's. */
        public Builder clock(Clock clock) {
            sessions = sessions.withClock(clock);
            return this;
        }

        /** Sets who hears of the life of sessions. */
        public Builder listener(SessionListener listener) {
            sessions = sessions.withListener(listener);
            return this;
        }

        /** Sets which revisions the server speaks: by default all of them, those with sessions and those without. */
        public Builder era(Era spoken) {
            era = Objects.requireNonNull(spoken, "era");
            return this;
        }

        /**
         * Lets somebody in by a bearer token, and from then on nobody without one. A session belongs to the principal
         * that opened it. May be called several times, also for several tokens of one principal.
         *
         * @throws InvalidOptionException if the name is empty, or the secret cannot be sent as a token or is known
         *         already; the message does not tell the secret
         */
        public Builder token(String principal, String secret) {
            tokens = tokens.with(principal, secret);
            return this;
        }

        /**
         * Sets how often a quiet stream gets a sign of life, by the server's {@linkplain #clock clock}; null for never.
         * By default every 15 seconds. A client that has taken nothing since the last time is cut off.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder keepAlive(Duration interval) {
            keepAlive = interval == null ? null : positive("keepAlive", interval);
            return this;
        }

        /**
         * Sets how many events are kept of each session, so that a client can resume a stream whose connection has
         * ended; 0 for none, by default 128. Streams that can be resumed are those that a client opens to listen, and
         * the answers to requests that are not answered at once.
         *
         * @throws InvalidOptionException if it is negative
         */
        public Builder eventStore(int events) {
            eventStore = notNegative("eventStore", events);
            return this;
        }

        /**
         * Sets how many bytes may wait for a client that does not read its stream, besides one event of any size; by
         * default 2 MiB. Beyond that it is cut off.
         *
         * @throws InvalidOptionException if it is negative
         */
        public Builder streamBuffer(int bytes) {
            streamBuffer = notNegative("streamBuffer", bytes);
            return this;
        }

        /**
         * Sets after what time a client is told to come back to a stream whose connection has ended; by default 500
         * milliseconds.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder retry(Duration delay) {
            retry = positive("retry", delay);
            return this;
        }

        private static int notNegative(String option, int number) {
            if (number < 0) {
                throw new InvalidOptionException(option, "must be positive, or 0 for none, but is " + number);
            }
            return number;
        }

        private static Duration positive(String option, Duration duration) {
            if (duration.isZero() || duration.isNegative() || duration.compareTo(LONGEST) > 0) {
                throw new InvalidOptionException(option,
                        "must be positive, and at most " + LONGEST.toDays() + " days, but is " + duration);
            }
            return duration;
        }

        /** Sets whether the server has no sessions at all; by default it has. */
        public Builder stateless(boolean without) {
            stateless = without;
            return this;
        }

        /** Sets whether requests are answered with a JSON body instead of an event stream; by default not. */
        public Builder jsonAnswers(boolean json) {
            jsonAnswers = json;
            return this;
        }

        /**
         * Starts the server.
         *
         * @return the server, which accepts connections already
         * @throws InvalidOptionException if an option, or two together, cannot be meant
         * @throws UncheckedIOException if the server cannot listen, for instance because the port is in use
         */
        public ReferenceServer start() {
            var address = check();
            var manager = new SessionManager(sessions);
            var endpoint = new McpEndpoint(manager, new EndpointOptions(path, era, stateless, jsonAnswers,
                    address.isLoopbackAddress(), tokens, new StreamOptions(keepAlive, eventStore, streamBuffer, retry),
                    MAX_BODY_BYTES));
            boolean started = false;
            try {
                var http = HttpService.start(host, port, endpoint);
                started = true;
                return new ReferenceServer(http, endpoint, manager, uri(address, http.port()));
            } finally {
                if (!started) {
                    endpoint.close();
                    manager.close();
                }
            }
        }

        private InetAddress check() {
            if (port < 0 || port > 65535) {
                throw new InvalidOptionException("port", "must be from 0 to 65535, but is " + port);
            }
            if (!path.matches("/[A-Za-z0-9._~/-]*")) {
                throw new InvalidOptionException("path",
                        "must begin with a slash and hold only letters, digits and ._~/- but is '" + path + "'");
            }
            if (!era.hasLegacy() || stateless) {
                var kind = stateless ? "a stateless server" : "a server of modern revisions only";
                if (sessions.idleTimeout() != null) {
                    throw new InvalidOptionException("idleTimeout",
                            "must be left out of " + kind + ": it has no sessions that could expire");
                }
                if (sessions.maxSessions() != 0) {
                    throw new InvalidOptionException("maxSessions",
                            "must be left out of " + kind + ": it has no sessions to count");
                }
            }
            try {
                return InetAddress.getByName(host);
            } catch (UnknownHostException e) {
                throw new InvalidOptionException("host", "must be a name or address of this machine, but is '" + host
                        + "', which cannot be resolved");
            }
        }

        private URI uri(InetAddress address, int boundPort) {
            // A wildcard is no address to connect to.
            var name = address.isAnyLocalAddress() ? "127.0.0.1" : host;
            var written = name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
            return URI.create("http://" + written + ":" + boundPort + path);
        }
    }
}
