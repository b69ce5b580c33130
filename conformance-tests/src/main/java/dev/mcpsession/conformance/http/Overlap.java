package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import java.util.List;

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
}
