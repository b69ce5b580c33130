package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Whether something met a call of the slow tool while the server was at work on that, as far as it can be told from
 * here: a rule about the company of a call has seen nothing where it did not.
 */
public final class Overlap {
    /** How much earlier than the response of the call something must be over to be over before the call was. */
    private static final long MARGIN = 100_000_000L;

    private Overlap() {}

    /**
     * Whether a call was under way all the time between two moments on the clock of {@link System#nanoTime()}.
     *
     * @param from when the server was sent something
     * @param until when it had been answered
     */
    public static boolean during(Exchange call, Client client, long from, long until) {
        long atLeast = client.target().slowTool().orElseThrow().atLeast().toNanos();
        long over = responseAt(call);
        // A call that takes so long at least, and has ended by now, began so long ago at least. Where that is
        // not known, or the tool takes much longer, the call had much more time to begin than what came after
        // it took altogether.
        boolean known = atLeast > 0 && over - call.sentAt() < 2 * atLeast;
        boolean begun = known ? from >= over - atLeast : hadBegun(call, from, until);
        boolean goesOn = until <= call.sentAt() + atLeast || until <= over - MARGIN;
        return begun && goesOn;
    }

    /** Whether a call had much more time to begin than what came after it took altogether. */
    public static boolean hadBegun(Exchange call, long from, long until) {
        return 3 * (until - from) <= from - call.sentAt();
    }

    /**
     * Whether a call had begun at a moment, on the clock of {@link System#nanoTime()}, if the tool took no longer for
     * it than for another, all of whose time is counted: a call that is answered later than that was begun late.
     */
    public static boolean begunBy(Exchange call, long at, Exchange other) {
        long longest = responseAt(other) - other.sentAt();
        return responseAt(call) - longest <= at;
    }

    /** When the response of a call was here: now, where it is not. */
    public static long responseAt(Exchange call) {
        return call.events().stream()
                .filter(e -> e.hasData()
                        && Json.read(e.data())
                                .filter(m -> Json.singly(List.of(m)).stream().anyMatch(Json::isResponse))
                                .isPresent())
                .mapToLong(SseEvent::at)
                .findFirst()
                .orElseGet(() -> call.ended() ? call.endAt() : System.nanoTime());
    }

    /**
     * Checks that something came while a call was in flight.
     *
     * @throws RuleAbortedException if that is not known
     */
    public static void mustHaveMet(Client client, Exchange call, long from, long until, String what) {
        if (!during(call, client, from, until)) {
            throw RuleAbortedException.inconclusive("that the call was in flight when " + what
                    + " is not certain: the machine was slow, or the tool is quick; see --slow-tool-takes");
        }
    }

    /**
     * The option to look at where a call brought no result. One that the server ended without a word may have ended
     * with its session: then it is not the tool that is wrong, but perhaps the timeout that was told.
     */
    public static String advice(Exchange call) {
        boolean wordless = call.endedByServer()
                && call.result().isEmpty()
                && call.error().isEmpty()
                && (!call.answered() || call.status() / 100 == 2);
        return wordless
                ? "; perhaps the server ended it with its session, sooner than --idle-timeout says; or else see"
                        + " --slow-tool"
                : "; see --slow-tool";
    }

    /**
     * Checks that a call is answered as one that nothing disturbed; how long the tool takes at most is not known.
     *
     * @param undisturbed the other call, in the session {@code other}
     * @param what the call and its company, in words
     * @throws Suspicion if it brings no result, and its session lives
     * @throws RuleAbortedException if the other brings none either, or the session has ended
     */
    public static void mustEndLike(
            Exchange undisturbed, Exchange call, ClientSession session, ClientSession other, String what) {
        // Both, since pings may be what ends a call.
        session.awaitAlive(undisturbed, patience(session), "while a call is in flight", other);
        judge(undisturbed, call, session, other, what);
    }

    /** As {@link #mustEndLike}, where the requests of a session may be what ends its calls: the other gets none. */
    public static void mustEndLikeOneLeftAlone(
            Exchange undisturbed, Exchange call, ClientSession session, ClientSession other, String what) {
        session.awaitAlive(undisturbed, patience(session), "while a call is in flight");
        judge(undisturbed, call, session, other, what);
    }

    private static Duration patience(ClientSession session) {
        return session.client().patience().multipliedBy(3);
    }

    private static void judge(
            Exchange undisturbed, Exchange call, ClientSession session, ClientSession other, String what) {
        var client = session.client();
        var usual = other.responseTo(undisturbed, client.patience());
        if (usual.isEmpty() || !isOfCall(usual.get())) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool brings no result: " + undisturbed.describeReply() + advice(undisturbed));
        }
        var response = session.responseTo(call, client.patience());
        if (response.filter(Overlap::isOfCall).isEmpty()
                && session.isGone(session.ping().send())) {
            // Calls end with their session, which a server may end at any time.
            throw RuleAbortedException.inconclusive("the session of the call has ended");
        }
        if (response.isEmpty()) {
            throw new Suspicion(
                    what + ", to be answered",
                    call.endedByServer()
                            ? "the reply ended without a response: " + call.describeReply()
                            : "no response came, while a call in another session was answered",
                    call);
        }
        if (!isOfCall(response.get())) {
            throw new Suspicion(what + ", to bring the result of the call", "got " + response.get(), call);
        }
    }

    /** Whether a response is the result of a call of a tool. */
    public static boolean isOfCall(JsonNode response) {
        return response.path("result").has("content");
    }
}
