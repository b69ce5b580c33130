package dev.mcpsession.conformance.rules.idle;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A call of the slow tool, followed until its response has come on whatever stream, or will not come. */
final class SlowCall {
    /** How long to wait before a stream is taken up again, where the server names no time. */
    private static final Duration RETRY = Duration.ofMillis(100);

    private final Client client;
    private final ClientSession session;
    private final Exchange call;
    private final JsonNode id;
    private final long deadline;
    private Exchange carrier;
    private @Nullable String lastEventId;
    private long endedAt;

    private SlowCall(ClientSession session, UnaryOperator<Request> form) {
        this.client = session.client();
        this.session = session;
        var tool = client.target().slowTool().orElseThrow();
        var known = client.capabilities().tools();
        if (!known.isEmpty() && !known.contains(tool.name())) {
            throw RuleAbortedException.notTestable("the server has no tool '" + tool.name() + "': see --slow-tool");
        }
        // What a ping is answered while the session lives tells later whether it does.
        session.ping().send();
        var request = session.slowCall();
        id = Json.parse(request.body()).get("id");
        call = form.apply(request).start();
        var longest = Expiry.longest(
                client.idleTimeout().multipliedBy(4), tool.atLeast().multipliedBy(2));
        deadline = call.sentAt()
                + Expiry.longest(longest, client.reapedAfter())
                        .plus(client.patience())
                        .toNanos();
        carrier = call;
    }

    /** Calls the tool in a session, and returns at once. */
    static SlowCall start(ClientSession session) {
        return start(session, UnaryOperator.identity());
    }

    /** As {@link #start(ClientSession)}, with a request of another form. */
    static SlowCall start(ClientSession session, UnaryOperator<Request> form) {
        return new SlowCall(session, form);
    }

    Exchange exchange() {
        return call;
    }

    /**
     * Waits for the response. A stream that ends before may be taken up again, if the server puts ids on its events.
     */
    SlowCall await() {
        while (!responded() && System.nanoTime() < deadline) {
            carrier.await(this::responded, left());
            if (!responded() && carrier.ended()) {
                lastEventId = carrier.lastEventId().orElse(lastEventId);
                if (lastEventId == null || carrier.answered() && carrier.status() / 100 != 2) {
                    break;
                }
                client.pause(carrier.retry().orElse(RETRY));
                carrier = session.get().header("Last-Event-ID", lastEventId).open();
            }
        }
        endedAt = carrier.ended() ? carrier.endAt() : System.nanoTime();
        return this;
    }

    private boolean responded() {
        return response().isPresent();
    }

    private Duration left() {
        return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    private Optional<JsonNode> response() {
        return Json.singly(carrier.messages()).stream()
                .filter(m -> m.isObject() && Json.sameId(id, m.get("id")) && (m.has("result") || m.has("error")))
                .findFirst();
    }

    /** Whether the call was answered with a result. */
    boolean delivered() {
        return response().map(r -> r.has("result")).orElse(false);
    }

    /** Whether a call that took longer than the idle timeout brought no result, and its session is gone. */
    boolean isCutOff() {
        if (delivered() || took() < client.idleTimeout().toNanos()) {
            return false;
        }
        // A call that is sent late, and refused, may have come to a session that had rightly expired.
        if (carrier == call
                && call.answered()
                && call.status() / 100 == 4
                && session.idleAtMostBefore(call) - took()
                        > client.idleTimeout().dividedBy(2).toNanos()) {
            session.markEnded();
            return false;
        }
        var probe = session.ping().send();
        if (!session.isGone(probe)) {
            return false;
        }
        session.markEnded();
        return true;
    }

    /** When the call was over, as seen from here, or was given up. */
    long endedAt() {
        return endedAt;
    }

    /** How long the call took at most, in nanoseconds. */
    long took() {
        return endedAt - call.sentAt();
    }

    /** Before when the call cannot have ended on the server; empty where the tool's duration was not promised. */
    Optional<Long> endedNotBefore() {
        var atLeast = client.target().slowTool().orElseThrow().atLeast();
        return atLeast.isZero() ? Optional.empty() : Optional.of(call.sentAt() + atLeast.toNanos());
    }

    /** Whether the server was at work on the call when another request was sent, as far as can be told from here. */
    boolean hadBegunBefore(Exchange other) {
        long atLeast = client.target().slowTool().orElseThrow().atLeast().toNanos();
        return atLeast > 0 && took() < 2 * atLeast
                ? other.sentAt() >= endedAt - atLeast
                : Overlap.hadBegun(call, other.sentAt(), other.headAt());
    }

    /** For how long the call may have been over when its end was seen, in nanoseconds; 0 where that is not known. */
    long uncertainty() {
        return endedAt - endedNotBefore().orElse(endedAt);
    }

    /**
     * Checks that the call was answered with a result.
     *
     * @throws Suspicion if it was not, and its session is gone
     * @throws RuleAbortedException if it was not for another reason
     */
    void mustBeDelivered(String expectation) {
        if (delivered()) {
            return;
        }
        if (took() < client.idleTimeout().toNanos()) {
            if (call.answered() && call.status() == 404) {
                session.mustBeAlive(call, "when the slow tool was called");
            }
            throw RuleAbortedException.notTestable(
                    "the slow tool brings no result: " + describe() + Overlap.advice(call));
        }
        if (isCutOff()) {
            throw new Suspicion(expectation, describe() + ", and its session was gone", call);
        }
        throw RuleAbortedException.inconclusive(
                "the call brought no result, though its session was not found to have ended: " + describe()
                        + "; see --slow-tool");
    }

    /** Checks that the call took longer than a span, since else it shows nothing. */
    void mustHaveOutlasted(long from, Duration span, String than) {
        if (outlasts(from, span)) {
            return;
        }
        if (took() > span.toNanos() / 4 * 5) {
            throw RuleAbortedException.inconclusive("the machine was too slow: of the " + Moment.words(took())
                    + " that the slow tool took, too little was left for " + than);
        }
        throw RuleAbortedException.notTestable("the slow tool is not slow enough: it took " + Moment.words(took())
                + ", and must take longer than " + than + "; see --slow-tool");
    }

    /** Whether the call ended more than so long after a moment. */
    boolean outlasts(long from, Duration span) {
        return endedAt - from > span.toNanos();
    }

    /** The end of the call, in words. */
    String describe() {
        var after = " after " + Moment.words(took());
        if (responded()) {
            return "the call was answered " + carrier.excerpt(response().get().toString()) + after;
        }
        if (!carrier.ended()) {
            return "the call was not answered within " + Moment.words(took());
        }
        return carrier.answered() && carrier.status() / 100 == 2
                ? "the server ended the reply without a response" + after
                : "the call was answered " + carrier.describeReply() + after;
    }
}
