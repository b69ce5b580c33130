package dev.mcpsession.server;

import dev.mcpsession.server.http.AdminEndpoint;
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
import dev.mcpsession.server.session.SessionStore;
import dev.mcpsession.server.session.Sessions;
import io.undertow.server.HttpHandler;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

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
    private static final long MIN_HELD_BYTES = 2 << 20;
    /** The time in which the last answers must go out. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

    private final HttpService http;
    private final McpEndpoint endpoint;
    private final Sessions sessions;
    private final URI uri;
    private final Duration stopTimeout;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ReferenceServer(HttpService http, McpEndpoint endpoint, Sessions sessions, URI uri, Duration stopTimeout) {
        this.http = http;
        this.endpoint = endpoint;
        this.sessions = sessions;
        this.uri = uri;
        this.stopTimeout = stopTimeout;
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

    /**
     * Returns the sessions of the server; a stateless server never has any.
     *
     * @throws IllegalStateException if they are in a {@linkplain Builder#store shared store}: see {@link #allSessions}
     */
    public SessionManager sessions() {
        if (sessions instanceof SessionManager manager) {
            return manager;
        }
        throw new IllegalStateException("the sessions of this server are not in its memory");
    }

    /** Returns the sessions of the server, wherever they are kept. */
    public Sessions allSessions() {
        return sessions;
    }

    /** Tells every client that listens that the list of tools may have changed. */
    public void announceToolsChanged() {
        endpoint.changes().toolsChanged();
    }

    /** Opens no more sessions: who asks for one is answered with 503. Those that exist go on. */
    public void drain() {
        sessions.drain();
    }

    /**
     * Answers the next request with a failure instead of serving it, once. Several such calls are for several requests.
     *
     * @param status the HTTP status, from 400 to 599
     * @throws InvalidOptionException if the status is another one
     */
    public void answerNext(int status) {
        endpoint.nextAnswers().add(null, status);
    }

    /**
     * Answers the next request of one HTTP method with a failure instead of serving it, once.
     *
     * @param method the HTTP method, such as {@code POST}
     * @param status the HTTP status, from 400 to 599
     * @throws InvalidOptionException if the status is another one
     */
    public void answerNext(String method, int status) {
        endpoint.nextAnswers().add(Objects.requireNonNull(method, "method"), status);
    }

    /** Forgets the failures that were planned and have not come to pass. */
    public void clearAnswers() {
        endpoint.nextAnswers().clear();
    }

    /** Returns how many responses are streams that have not ended. */
    public int openStreams() {
        return endpoint.openStreams();
    }

    /** Returns what has become of the calls of tools so far. */
    public CallCounts calls() {
        return endpoint.calls();
    }

    /**
     * Waits until the server is done with whatever clients have been answered: a client has its answer a moment before
     * the server has let go of the session, and only then the session is idle. To be called before a clock is moved by
     * hand. Calls and streams that are in progress are not waited for.
     */
    public void settle() {
        http.settle();
    }

    /**
     * Stops the server. From now on requests are answered with 503, and the streams that clients have opened to listen
     * end; calls in progress get the {@linkplain Builder#stopTimeout time} to come to their end, and after that an
     * error. Then all sessions end, but for those in a shared store, which live on there; and all connections are
     * closed. A second call does nothing.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        http.refuseRequests();
        endpoint.changes().stop();
        http.awaitAnswers(stopTimeout);
        sessions.close();
        endpoint.close();
        http.awaitAnswers(LAST_ANSWERS);
        http.stop();
    }

    /** The options of a {@link ReferenceServer}. */
    public static final class Builder {

        private static final Duration LONGEST = Duration.ofDays(365);

        private String host = "127.0.0.1";
        private int port;
        private String path = "/mcp";
        private SessionOptions sessions = SessionOptions.defaults();
        private @Nullable SessionStore store;
        private Era era = Era.DUAL;
        private Tokens tokens = Tokens.NONE;
        private @Nullable Duration keepAlive = Duration.ofSeconds(15);
        private int eventStore = 128;
        private boolean storeEveryAnswer;
        private int streamBuffer = 2 << 20;
        private @Nullable Duration slowReaderTimeout = Duration.ofSeconds(30);
        private Duration retry = Duration.ofMillis(500);
        private Duration stopTimeout = Duration.ofSeconds(2);
        private @Nullable Duration slowSenderTimeout = Duration.ofSeconds(30);
        private @Nullable String admin;
        private boolean stateless;
        private boolean jsonAnswers;

        private Builder() {}

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
        public Builder idleTimeout(@Nullable Duration timeout) {
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

        /**
         * Sets a store that the server shares with other nodes; null, the default, for sessions in memory. Sessions
         * then expire by the store's clock.
         */
        public Builder store(@Nullable SessionStore shared) {
            store = shared;
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
         * Sets the keep-alive interval, by the server's {@linkplain #clock clock}: a stream gets a comment before it
         * has been quiet for so long. Null for no comments; by default 15 seconds.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder keepAlive(@Nullable Duration interval) {
            keepAlive = interval == null ? null : positive("keepAlive", interval);
            return this;
        }

        /**
         * Sets how many events are kept of each session, so that a client can resume a stream whose connection has
         * ended; 0 for none, by default 128. Streams that can be resumed are those that a client opens to listen, the
         * answers to requests that are not answered at once, and in revision 2025-11-25 all other answers, too. One
         * session keeps at most 1 MiB, and all together a sixteenth of the memory of the virtual machine.
         *
         * @throws InvalidOptionException if it is negative
         */
        public Builder eventStore(int events) {
            eventStore = notNegative("eventStore", events);
            return this;
        }

        /**
         * Sets whether the answers to requests that are answered at once can be resumed in earlier revisions than
         * 2025-11-25, too. By default they are not kept there: it costs time and memory, and a client that has lost one
         * can as well ask again. Without an event store this changes nothing.
         */
        public Builder storeEveryAnswer(boolean every) {
            storeEveryAnswer = every;
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
         * Sets for how long a client may take nothing of a response that waits for it, a stream or another; null for
         * ever, by default 30 seconds. After that it is cut off, by the machine's clock. It may be cut off earlier, if
         * more waits for all clients together than a sixteenth of the memory of the virtual machine.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder slowReaderTimeout(@Nullable Duration longest) {
            slowReaderTimeout = longest == null ? null : positive("slowReaderTimeout", longest);
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
                throw new InvalidOptionException(
                        option,
                        "must be positive, and at most " + LONGEST.toDays() + " days, but is "
                                + InvalidOptionException.millis(duration));
            }
            return duration;
        }

        /**
         * Sets within what time the head of a request must have come, and then its body; null for any, by default 30
         * seconds. Beyond that the client is cut off, by the machine's clock.
         *
         * @throws InvalidOptionException if it is not positive, or longer than a year
         */
        public Builder slowSenderTimeout(@Nullable Duration longest) {
            slowSenderTimeout = longest == null ? null : positive("slowSenderTimeout", longest);
            return this;
        }

        /**
         * Sets for how long {@link ReferenceServer#close} lets calls in progress come to their end; by default 2
         * seconds.
         *
         * @throws InvalidOptionException if it is negative, or longer than a year
         */
        public Builder stopTimeout(Duration longest) {
            stopTimeout = longest.isZero() ? longest : positive("stopTimeout", longest);
            return this;
        }

        /**
         * Sets the path under which the server can be watched and steered from its own machine; null, the default, for
         * nowhere. See {@link AdminEndpoint} for what is there. Where there are tokens, that of the principal named
         * {@code admin} is required.
         */
        public Builder admin(@Nullable String absolute) {
            admin = absolute;
            return this;
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
            var manager = store == null
                    ? new SessionManager(sessions)
                    : store.join(sessions, McpEndpoint.attachments(), eventStore);
            var streams = new StreamOptions(
                    keepAlive,
                    eventStore,
                    storeEveryAnswer && eventStore > 0,
                    streamBuffer,
                    slowReaderTimeout,
                    Math.max(MIN_HELD_BYTES, Runtime.getRuntime().maxMemory() / 16),
                    retry);
            var endpoint = new McpEndpoint(
                    manager,
                    new EndpointOptions(
                            path,
                            era,
                            stateless,
                            jsonAnswers,
                            address.isLoopbackAddress(),
                            tokens,
                            streams,
                            MAX_BODY_BYTES,
                            slowSenderTimeout));
            boolean started = false;
            try {
                var http = HttpService.start(host, port, withAdmin(endpoint, manager), slowSenderTimeout);
                started = true;
                return new ReferenceServer(http, endpoint, manager, uri(address, http.port()), stopTimeout);
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
            checkPath("path", path);
            if (admin != null) {
                checkPath("admin", admin);
                if (admin.endsWith("/") || path.equals(admin) || path.startsWith(admin + "/")) {
                    throw new InvalidOptionException(
                            "admin",
                            "must not end with a slash, nor be or contain the path " + "of the MCP endpoint, but is '"
                                    + admin + "'");
                }
            }
            if (!era.hasLegacy() || stateless) {
                var kind = stateless ? "a stateless server" : "a server of modern revisions only";
                if (sessions.idleTimeout() != null) {
                    throw new InvalidOptionException(
                            "idleTimeout", "must be left out of " + kind + ": it has no sessions that could expire");
                }
                if (sessions.maxSessions() != 0) {
                    throw new InvalidOptionException(
                            "maxSessions", "must be left out of " + kind + ": it has no sessions to count");
                }
                if (store != null) {
                    throw new InvalidOptionException(
                            "store", "must be left out of " + kind + ": it has no sessions to keep there");
                }
            }
            try {
                return InetAddress.getByName(host);
            } catch (UnknownHostException e) {
                throw new InvalidOptionException(
                        "host",
                        "must be a name or address of this machine, but is '" + host + "', which cannot be resolved");
            }
        }

        private static void checkPath(String option, String path) {
            if (!path.matches("/[A-Za-z0-9._~/-]*")) {
                throw new InvalidOptionException(
                        option,
                        "must begin with a slash and hold only letters, digits and ._~/- but is '" + path + "'");
            }
        }

        private HttpHandler withAdmin(McpEndpoint endpoint, Sessions manager) {
            if (admin == null) {
                return endpoint;
            }
            var adminEndpoint = new AdminEndpoint(admin, manager, endpoint, tokens);
            return exchange -> {
                if (adminEndpoint.isFor(exchange)) {
                    adminEndpoint.handleRequest(exchange);
                } else {
                    endpoint.handleRequest(exchange);
                }
            };
        }

        private URI uri(InetAddress address, int boundPort) {
            // A wildcard is no address to connect to.
            var name = address.isAnyLocalAddress() ? "127.0.0.1" : host;
            var written = name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
            return URI.create("http://" + written + ":" + boundPort + path);
        }
    }
}
