package dev.mcpsession.server.store;

import dev.mcpsession.server.session.Attachments;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.SessionStore;
import dev.mcpsession.server.session.Sessions;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.SslOptions;

/**
 * A Redis or Valkey server, from version 7.0 of Redis, as the store of sessions. All keys are in one slot, so a
 * cluster of Redis servers keeps them on one of its members.
 */
public final class RedisStore implements SessionStore {

    private static final Duration LONGEST_TIMEOUT = Duration.ofMillis(900);

    private final HostAndPort address;
    private final boolean ssl;
    private final int database;
    private final @Nullable String user;
    private final @Nullable String password;
    private final String prefix;
    private final Duration lease;
    private final Duration timeout;

    private RedisStore(
            HostAndPort address,
            boolean ssl,
            int database,
            @Nullable String user,
            @Nullable String password,
            String prefix,
            Duration lease,
            Duration timeout) {
        this.address = address;
        this.ssl = ssl;
        this.database = database;
        this.user = user;
        this.password = password;
        this.prefix = prefix;
        this.lease = lease;
        this.timeout = timeout;
    }

    /**
     * Names a store, with leases of 5 seconds, and 500 milliseconds for it to answer in.
     *
     * @param uri {@code redis://host:port}, or {@code rediss://} for TLS, with {@code /number} of the database or
     *     nothing
     * @throws InvalidOptionException if it is anything else; passwords are not taken from it, since it ends up in logs
     */
    public static RedisStore at(String uri) {
        try {
            var parsed = new URI(uri);
            boolean ssl = "rediss".equals(parsed.getScheme());
            var path = parsed.getPath() == null ? "" : parsed.getPath();
            if (!ssl && !"redis".equals(parsed.getScheme())
                    || parsed.getHost() == null
                    || parsed.getUserInfo() != null
                    || !path.matches("(/\\d{0,4})?")
                    || parsed.getQuery() != null) {
                throw refused();
            }
            int port = parsed.getPort() < 0 ? 6379 : parsed.getPort();
            var database = path.length() < 2 ? 0 : Integer.parseInt(path.substring(1));
            var host = parsed.getHost().replaceAll("[\\[\\]]", "");
            return new RedisStore(
                    new HostAndPort(host, port),
                    ssl,
                    database,
                    null,
                    null,
                    "mcp",
                    Duration.ofSeconds(5),
                    Duration.ofMillis(500));
        } catch (URISyntaxException e) {
            throw refused();
        }
    }

    private static InvalidOptionException refused() {
        // Not what was given: it may hold a password.
        return new InvalidOptionException(
                "store",
                "must be redis://HOST:PORT or redis://HOST:PORT/DATABASE, or the same "
                        + "with rediss://, and neither a user nor a password belongs there");
    }

    /** Returns the same store, with a user and a password; null for none. */
    public RedisStore withCredentials(@Nullable String name, @Nullable String secret) {
        return new RedisStore(address, ssl, database, name, secret, prefix, lease, timeout);
    }

    /**
     * Returns the same store, with another prefix of all keys; by default {@code mcp}.
     *
     * @throws InvalidOptionException if it is empty, or holds anything but letters, digits and {@code ._-}
     */
    public RedisStore withPrefix(String text) {
        if (!text.matches("[A-Za-z0-9._-]+")) {
            throw new InvalidOptionException("storePrefix", "must hold letters, digits and ._- only");
        }
        return new RedisStore(address, ssl, database, user, password, text, lease, timeout);
    }

    /**
     * Returns the same store, with another length of a lease: for so long at most the sessions of a node that was
     * killed are taken for held.
     *
     * @throws InvalidOptionException if it is less than 100 milliseconds or more than an hour
     */
    public RedisStore withLease(Duration length) {
        if (length.toMillis() < 100 || length.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidOptionException("storeLease", "must be from 100ms to 1h, but is " + length);
        }
        return new RedisStore(address, ssl, database, user, password, prefix, length, timeout);
    }

    /**
     * Returns the same store, with another time for it to answer in. Beyond that, requests are refused.
     *
     * @throws InvalidOptionException if it is less than 10 or more than 900 milliseconds
     */
    public RedisStore withTimeout(Duration longest) {
        if (longest.toMillis() < 10 || longest.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new InvalidOptionException("storeTimeout", "must be from 10ms to 900ms, but is " + longest);
        }
        return new RedisStore(address, ssl, database, user, password, prefix, lease, longest);
    }

    @Override
    public Sessions join(SessionOptions options, Attachments attachments, int keptEvents) {
        Objects.requireNonNull(options, "options");
        return new RedisSessions(this, Scripts.load(), options, attachments, keptEvents);
    }

    String keys() {
        return "{" + prefix + "}";
    }

    Duration lease() {
        return lease;
    }

    Duration timeout() {
        return timeout;
    }

    HostAndPort address() {
        return address;
    }

    /** @param patience for how many milliseconds an answer may be waited for */
    JedisClientConfig client(int patience) {
        return DefaultJedisClientConfig.builder()
                .resp2()
                .connectionTimeoutMillis((int) timeout.toMillis())
                .socketTimeoutMillis(patience)
                .blockingSocketTimeoutMillis(patience)
                .sslOptions(ssl ? SslOptions.defaults() : null)
                .database(database)
                .user(user)
                .password(password)
                .clientName("mcp-sessions")
                .build();
    }

    @Override
    public String toString() {
        return (ssl ? "rediss://" : "redis://") + address + "/" + database;
    }
}
