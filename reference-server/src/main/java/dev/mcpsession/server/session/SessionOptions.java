package dev.mcpsession.server.session;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link SessionManager} treats its sessions.
 *
 * @param idleTimeout after how long an idle session ends; null for never
 * @param idlePolicy what keeps a session from being idle
 * @param maxSessions how many sessions may exist at once; 0 for no limit
 * @param clock the source of time
 * @param listener hears of the life of sessions
 */
public record SessionOptions(
        @Nullable Duration idleTimeout, IdlePolicy idlePolicy, int maxSessions, Clock clock, SessionListener listener) {

    /** The longest idle timeout that is accepted. */
    public static final Duration MAX_IDLE_TIMEOUT = Duration.ofDays(365);

    /**
     * Checks the options.
     *
     * @throws InvalidOptionException if the idle timeout is not positive or longer than {@link #MAX_IDLE_TIMEOUT}, or
     *         the limit is negative
     */
    public SessionOptions {
        Objects.requireNonNull(idlePolicy, "idlePolicy");
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(listener, "listener");
        if (idleTimeout != null) {
            if (idleTimeout.isZero() || idleTimeout.isNegative()) {
                throw new InvalidOptionException(
                        "idleTimeout",
                        "must be positive, but is " + InvalidOptionException.millis(idleTimeout)
                                + "; leave it out for sessions that never expire");
            }
            if (idleTimeout.compareTo(MAX_IDLE_TIMEOUT) > 0) {
                throw new InvalidOptionException(
                        "idleTimeout",
                        "must be at most " + MAX_IDLE_TIMEOUT.toDays() + " days, but is "
                                + InvalidOptionException.millis(idleTimeout));
            }
        }
        if (maxSessions < 0) {
            throw new InvalidOptionException(
                    "maxSessions", "must be positive, or 0 for no limit, but is " + maxSessions);
        }
    }

    /** Sessions that never expire, without a limit, on the system's clock. */
    public static SessionOptions defaults() {
        return new SessionOptions(null, IdlePolicy.OPEN_EXCHANGES, 0, Clock.system(), new SessionListener() {});
    }

    /** Returns these options with another idle timeout; null for none. */
    public SessionOptions withIdleTimeout(@Nullable Duration timeout) {
        return new SessionOptions(timeout, idlePolicy, maxSessions, clock, listener);
    }

    /** Returns these options with another idle policy. */
    public SessionOptions withIdlePolicy(IdlePolicy policy) {
        return new SessionOptions(idleTimeout, policy, maxSessions, clock, listener);
    }

    /** Returns these options with another limit. */
    public SessionOptions withMaxSessions(int limit) {
        return new SessionOptions(idleTimeout, idlePolicy, limit, clock, listener);
    }

    /** Returns these options with another clock. */
    public SessionOptions withClock(Clock source) {
        return new SessionOptions(idleTimeout, idlePolicy, maxSessions, source, listener);
    }

    /** Returns these options with another listener. */
    public SessionOptions withListener(SessionListener hearer) {
        return new SessionOptions(idleTimeout, idlePolicy, maxSessions, clock, hearer);
    }
}
