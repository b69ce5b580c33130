package dev.mcpsession.conformance.http;

/**
 * Bounds on the idle span that the server saw between the last activity of a session and a probe of it.
 *
 * <p>The kit knows when it sent a request and when the head of the reply came; the server saw it somewhere in between.
 * So the span that the server saw is bounded on both sides, however slow the machine was.
 *
 * @param atLeast nanoseconds from the end of the last activity (everything answered and closed) to sending the probe
 * @param atMost nanoseconds from sending the last activity to the reply to the probe
 */
public record IdleSpan(long atLeast, long atMost) {

    /**
     * @param lastSentAt when the last activity was sent
     * @param quietSince when the last activity was over, as seen from here
     */
    public static IdleSpan between(long lastSentAt, long quietSince, Exchange probe) {
        return new IdleSpan(probe.sentAt() - quietSince, probe.headAt() - lastSentAt);
    }

    /** Whether the server certainly saw less idle time than this. */
    public boolean certainlyUnder(long nanos) {
        return atMost < nanos;
    }

    /** Whether the server certainly saw more idle time than this. */
    public boolean certainlyOver(long nanos) {
        return atLeast > nanos;
    }

    @Override
    public String toString() {
        return "between " + Moment.words(Math.max(0, atLeast)) + " and " + Moment.words(atMost);
    }
}
