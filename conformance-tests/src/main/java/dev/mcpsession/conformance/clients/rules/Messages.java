package dev.mcpsession.conformance.clients.rules;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import java.util.List;

/** The requests of a trace that belong to the revision that is judged. */
final class Messages {
    private Messages() {}

    /** The calls of the endpoint in the revision: those of its sessions, or those that have no session. */
    static List<Call> of(ClientUnderTest client, Trace trace) {
        if (!client.revision().isLegacy()) {
            return trace.modern().toList();
        }
        var openings = trace.openings();
        boolean only = openings.stream()
                .allMatch(o -> o.revision().filter(client.revision()::equals).isPresent());
        return trace.legacy()
                .filter(call -> {
                    var opening = call.calls("initialize")
                            ? trace.openedBy(call)
                            : call.sessionId().flatMap(trace::opening);
                    return opening.map(o -> o.revision()
                                    .filter(client.revision()::equals)
                                    .isPresent())
                            .orElse(only);
                })
                .toList();
    }

    /** The POSTs of the revision; the rule cannot be judged where there is none. */
    static List<Call> posts(ClientUnderTest client, Trace trace) {
        return some(of(client, trace).stream().filter(Call::isPost).toList(), "the client posted nothing");
    }

    /** The JSON-RPC requests of the revision; the rule cannot be judged where there is none. */
    static List<Call> requests(ClientUnderTest client, Trace trace) {
        return some(of(client, trace).stream().filter(Call::isRequest).toList(), "the client made no request");
    }

    static <T> List<T> some(List<T> calls, String otherwise) {
        if (calls.isEmpty()) {
            throw RuleAbortedException.notTestable(otherwise);
        }
        return calls;
    }

    /**
     * Whether two requests are known to be of one client: they belong to a session, share a connection, or there is
     * but one client. Requests of revisions without sessions say nothing of who made them.
     */
    static boolean sameClient(Trace trace, Call one, Call other) {
        if (one.sessionId().isPresent()) {
            return one.sessionId().equals(other.sessionId());
        }
        return one.connection() == other.connection() || trace.beginnings().size() == 1;
    }
}
