package dev.mcpsession.conformance.target;

import dev.mcpsession.conformance.protocol.Header;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server under test: where it is, and what the kit was told about it. Immutable. */
public final class Target {
    private static final int MIN_SESSIONS = 8;
    private static final int MIN_AT_ONCE = 2;

    private final String name;
    private final URI uri;
    private final List<URI> nodes;
    private final boolean replicasBehind;
    private final @Nullable StoreControl store;
    private final @Nullable Duration idleTimeout;
    private final @Nullable Duration reapLag;
    private final @Nullable SlowTool slowTool;
    private final @Nullable ServerLauncher launcher;
    private final List<Header> headers;
    private final List<Header> otherHeaders;
    private final Duration patience;
    private final @Nullable Duration maxSilence;
    private final @Nullable Duration ruleBudget;
    private final @Nullable Duration runBudget;
    private final int maxSessions;
    private final int concurrency;
    private final boolean stress;
    private final @Nullable SSLContext sslContext;
    private final double maxRequestsPerSecond;
    private final @Nullable HttpProxy proxy;
    private final Set<String> credentialNames = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Secrets secrets;

    private Target(Builder b) {
        nodes = List.copyOf(b.nodes);
        uri = Objects.requireNonNull(
                b.uri != null || nodes.isEmpty() ? b.uri : nodes.get(0), "the URL of the server is missing");
        replicasBehind = b.replicasBehind;
        store = b.store;
        name = b.name == null ? uri.toString() : b.name;
        idleTimeout = b.idleTimeout;
        reapLag = b.reapLag;
        slowTool = b.slowTool;
        launcher = b.launcher;
        headers = List.copyOf(b.headers);
        otherHeaders = List.copyOf(b.otherHeaders);
        patience = b.patience;
        maxSilence = b.maxSilence;
        ruleBudget = b.ruleBudget;
        runBudget = b.runBudget;
        maxRequestsPerSecond = b.maxRequestsPerSecond;
        // Where requests are few, rules that run side by side would only keep each other waiting.
        maxSessions = (int) Math.min(b.maxSessions, Math.max(MIN_SESSIONS, 2 * maxRequestsPerSecond));
        concurrency = (int) Math.min(b.concurrency, Math.max(MIN_AT_ONCE, Math.ceil(maxRequestsPerSecond)));
        stress = b.stress;
        sslContext = b.sslContext;
        proxy = b.proxy;
        var all = new ArrayList<>(headers);
        all.addAll(otherHeaders);
        all.forEach(h -> credentialNames.add(h.name()));
        secrets = Secrets.in(all, proxy == null ? null : proxy.authorization(), uri);
    }

    public static Builder at(URI uri) {
        return new Builder().uri(uri);
    }

    public static Builder builder() {
        return new Builder();
    }

    public String name() {
        return name;
    }

    public URI uri() {
        return uri;
    }

    /** The URLs of the nodes of a server that runs as several; empty where it runs as one, or they are not known. */
    public List<URI> nodes() {
        return nodes;
    }

    /** Whether several nodes serve behind the one URL. */
    public boolean replicasBehind() {
        return replicasBehind;
    }

    /** Whether the server is reached over a loopback address. */
    public boolean isLoopback() {
        var host = uri.getHost();
        return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /** Whether the kit can tell that it speaks with several nodes. */
    public boolean hasNodes() {
        return nodes.size() > 1 || replicasBehind;
    }

    /** What stops and starts the store in which the nodes keep their sessions, if that is known. */
    public Optional<StoreControl> store() {
        return Optional.ofNullable(store);
    }

    /** How long a session may be idle before the server ends it, if that is known. */
    public Optional<Duration> idleTimeout() {
        return Optional.ofNullable(idleTimeout);
    }

    /**
     * How late the server may end an idle session. Where it was not given, generous: servers that sweep at intervals
     * are late by up to an interval, which often is the timeout again.
     */
    public Duration reapLag() {
        if (reapLag != null) {
            return reapLag;
        }
        var generous = idleTimeout == null ? Duration.ZERO : idleTimeout.multipliedBy(2);
        return generous.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : generous;
    }

    public Optional<SlowTool> slowTool() {
        return Optional.ofNullable(slowTool);
    }

    public Optional<ServerLauncher> launcher() {
        return Optional.ofNullable(launcher);
    }

    /** Sent with every request: the credentials of the user who runs the kit. */
    public List<Header> headers() {
        return headers;
    }

    /** Whether one of the headers carries a bearer token. */
    public boolean hasBearerToken() {
        return headers.stream().anyMatch(Header::isBearerToken);
    }

    /** The credentials of a second user; empty where none are known. */
    public List<Header> otherHeaders() {
        return otherHeaders;
    }

    /** What the second user sends: the first one's headers, with those replaced that differ. */
    public List<Header> headersOfOther() {
        var all = new ArrayList<>(headers);
        all.removeIf(h -> isOneOf(otherHeaders, h.name()));
        all.addAll(otherHeaders);
        return List.copyOf(all);
    }

    /** What is left of the headers without credentials; where none of them looks like credentials, nothing. */
    public List<Header> headersWithoutCredentials() {
        var others = headers.stream()
                .filter(h -> !isUsualCredential(h.name()) && !isOneOf(otherHeaders, h.name()))
                .toList();
        return others.size() < headers.size() ? others : List.of();
    }

    private static boolean isOneOf(List<Header> headers, String name) {
        return headers.stream().anyMatch(h -> h.name().equalsIgnoreCase(name));
    }

    /** How long to wait for an answer that should come at once. */
    public Duration patience() {
        return patience;
    }

    /**
     * How long the kit waits in all, over a run, for replies that do not come or not completely, until it ends the run;
     * empty for as long as it takes.
     */
    public Optional<Duration> maxSilence() {
        return Optional.ofNullable(maxSilence);
    }

    /**
     * How long a rule may take in one revision, besides the time that it lets pass on purpose, until it is ended; empty
     * for as long as it takes.
     */
    public Optional<Duration> ruleBudget() {
        return Optional.ofNullable(ruleBudget);
    }

    /**
     * How long a run may take until it is ended, where the server has kept the kit waiting in vain for as long as its
     * patience; empty for as long as it takes.
     */
    public Optional<Duration> runBudget() {
        return Optional.ofNullable(runBudget);
    }

    /** How many sessions the kit holds open at the same time at most. */
    public int maxSessions() {
        return maxSessions;
    }

    /** How many requests the kit has unanswered at the same time at most. */
    public int concurrency() {
        return concurrency;
    }

    /** How many requests the kit sends in a second at most; infinite for no bound. */
    public double maxRequestsPerSecond() {
        return maxRequestsPerSecond;
    }

    /** Whether load may be put on the server. */
    public boolean stress() {
        return stress;
    }

    /** What to verify the server's certificate with; null for the platform's default. */
    public @Nullable SSLContext sslContext() {
        return sslContext;
    }

    /** The proxy to use; null for what the JDK is told by system properties, which usually is none. */
    public @Nullable HttpProxy proxy() {
        return proxy;
    }

    /** The headers with the values of credentials masked, and every secret in the others. */
    public List<Header> masked(List<Header> sent) {
        return sent.stream()
                .map(h -> new Header(h.name(), isCredential(h.name()) ? Secrets.MASK : mask(h.value())))
                .toList();
    }

    private boolean isCredential(String header) {
        return credentialNames.contains(header) || isUsualCredential(header);
    }

    private static boolean isUsualCredential(String header) {
        var lower = header.toLowerCase(Locale.ROOT);
        return lower.equals("authorization") || lower.equals("cookie") || lower.equals("proxy-authorization");
    }

    /** The text with every secret that the kit was given masked, also where it is encoded or cut. */
    public String mask(String text) {
        return secrets.mask(text);
    }

    /**
     * The beginning of a text, with every secret masked before it is cut, and "…" where something is left out.
     *
     * @param most the number of {@code char}s to keep at most
     */
    public String excerpt(String text, int most) {
        return secrets.excerpt(text, most);
    }

    /** A builder with all of this target's values. */
    public Builder toBuilder() {
        var b = new Builder();
        b.name = name;
        b.uri = uri;
        b.nodes.addAll(nodes);
        b.replicasBehind = replicasBehind;
        b.store = store;
        b.idleTimeout = idleTimeout;
        b.reapLag = reapLag;
        b.slowTool = slowTool;
        b.launcher = launcher;
        b.headers.addAll(headers);
        b.otherHeaders.addAll(otherHeaders);
        b.patience = patience;
        b.maxSilence = maxSilence;
        b.ruleBudget = ruleBudget;
        b.runBudget = runBudget;
        b.maxSessions = maxSessions;
        b.concurrency = concurrency;
        b.maxRequestsPerSecond = maxRequestsPerSecond;
        b.stress = stress;
        b.sslContext = sslContext;
        b.proxy = proxy;
        return b;
    }

    /** Collects the values of a {@link Target}. */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable URI uri;
        private final List<URI> nodes = new ArrayList<>();
        private boolean replicasBehind;
        private @Nullable StoreControl store;
        private @Nullable Duration idleTimeout;
        private @Nullable Duration reapLag;
        private @Nullable SlowTool slowTool;
        private @Nullable ServerLauncher launcher;
        private final List<Header> headers = new ArrayList<>();
        private final List<Header> otherHeaders = new ArrayList<>();
        private Duration patience = Duration.ofSeconds(10);
        private @Nullable Duration maxSilence;
        private @Nullable Duration ruleBudget;
        private @Nullable Duration runBudget;
        private int maxSessions = 64;
        private int concurrency = 32;
        private double maxRequestsPerSecond = Double.POSITIVE_INFINITY;
        private boolean stress;
        private @Nullable SSLContext sslContext;
        private @Nullable HttpProxy proxy;

        private Builder() {}

        /** What to call the server in reports; by default its URL. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        public Builder uri(URI uri) {
            this.uri = uri;
            return this;
        }

        /** Adds a node of a server that runs as several; the ordinary rules judge the first, unless a URL is set. */
        public Builder node(URI node) {
            nodes.add(node);
            return this;
        }

        /** Whether several nodes serve behind the one URL. */
        public Builder replicasBehind(boolean replicasBehind) {
            this.replicasBehind = replicasBehind;
            return this;
        }

        /** What stops and starts the store of the nodes; null where nothing does. */
        public Builder store(@Nullable StoreControl store) {
            this.store = store;
            return this;
        }

        /**
         * How long a session may be idle; null where it is not known.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder idleTimeout(@Nullable Duration idleTimeout) {
            if (idleTimeout != null && (idleTimeout.isZero() || idleTimeout.isNegative())) {
                throw new IllegalArgumentException("the idle timeout must be positive, not " + idleTimeout);
            }
            this.idleTimeout = idleTimeout;
            return this;
        }

        /** How late the server may end an idle session; null for a generous default. */
        public Builder reapLag(@Nullable Duration reapLag) {
            if (reapLag != null && reapLag.isNegative()) {
                throw new IllegalArgumentException("the reap lag must not be negative: " + reapLag);
            }
            this.reapLag = reapLag;
            return this;
        }

        public Builder slowTool(@Nullable SlowTool slowTool) {
            this.slowTool = slowTool;
            return this;
        }

        public Builder launcher(@Nullable ServerLauncher launcher) {
            this.launcher = launcher;
            return this;
        }

        /** A header to send with every request; its value is treated as a secret. */
        public Builder header(String name, String value) {
            headers.add(new Header(name, value));
            return this;
        }

        /** A header that a second user sends instead of the first one's of the same name; treated as a secret. */
        public Builder otherHeader(String name, String value) {
            otherHeaders.add(new Header(name, value));
            return this;
        }

        public Builder patience(Duration patience) {
            this.patience = patience;
            return this;
        }

        /** How long to wait in all for replies that do not come; null, which is the default, for no bound. */
        public Builder maxSilence(@Nullable Duration maxSilence) {
            this.maxSilence = maxSilence;
            return this;
        }

        /** How long a rule may take in one revision; null, which is the default, for no bound. */
        public Builder ruleBudget(@Nullable Duration ruleBudget) {
            this.ruleBudget = ruleBudget;
            return this;
        }

        /** How long a run may take where replies do not come; null, which is the default, for no bound. */
        public Builder runBudget(@Nullable Duration runBudget) {
            this.runBudget = runBudget;
            return this;
        }

        public Builder maxSessions(int maxSessions) {
            this.maxSessions = maxSessions;
            return this;
        }

        public Builder concurrency(int concurrency) {
            this.concurrency = concurrency;
            return this;
        }

        /**
         * How many requests to send in a second at most, over all connections. A low bound also lowers how many
         * sessions are held and how many requests are unanswered at once.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder maxRequestsPerSecond(double most) {
            if (!(most > 0)) {
                throw new IllegalArgumentException("the number of requests per second must be positive, not " + most);
            }
            this.maxRequestsPerSecond = most;
            return this;
        }

        public Builder stress(boolean stress) {
            this.stress = stress;
            return this;
        }

        public Builder sslContext(@Nullable SSLContext sslContext) {
            this.sslContext = sslContext;
            return this;
        }

        public Builder proxy(@Nullable HttpProxy proxy) {
            this.proxy = proxy;
            return this;
        }

        public Target build() {
            return new Target(this);
        }
    }
}
