package dev.mcpsession.conformance.clients.rules;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.ArrayList;
import java.util.List;

/** The requests of a trace that belong to the revision that is judged. */
final class Messages {
    private static final String NOTHING = "the client posted nothing";

    private Messages() {}

    /** The calls of the endpoint in the revision: those of its sessions, or those that have no session. */
    static List<Call> of(ClientUnderTest client, Trace trace) {
        if (!client.revision().isLegacy()) {
            return trace.modern().toList();
        }
        return trace.legacy()
                .filter(call -> {
                    var opening = call.calls("initialize")
                            ? trace.openedBy(call)
                            : call.sessionId().flatMap(trace::opening);
                    return opening.map(o -> isOf(client, o)).orElseGet(() -> mayBeOf(client, trace, call));
                })
                .toList();
    }

    private static boolean isOf(ClientUnderTest client, Trace.Opening opening) {
        return opening.revision().filter(client.revision()::equals).isPresent();
    }

    /**
     * Whether a call whose session has no opening in the trace belongs to the revision. In a trace that begins in the
     * middle of sessions, a client may go on in a revision that nobody else speaks there.
     */
    private static boolean mayBeOf(ClientUnderTest client, Trace trace, Call call) {
        var openings = trace.openings();
        boolean only = openings.stream().allMatch(o -> isOf(client, o));
        if (client.isLive() || call.calls("initialize")) {
            return only;
        }
        var version = call.header(Call.VERSION);
        if (version.isPresent()) {
            return version.get().equals(client.revision().wire());
        }
        if (call.sessionId().isPresent()) {
            return false;
        }
        // A server without session ids: the first revision has no header, the others want one.
        return only
                && (openings.isEmpty()
                        || openings.stream()
                                .anyMatch(o -> o.call().number() < call.number()
                                        && (client.revision() == Revision.V2025_03_26
                                                || o.call().connection() == call.connection())));
    }

    /** The calls of the revision in {@link Sessions#usual}. */
    static List<Call> usual(ClientUnderTest client) {
        var calls = new ArrayList<Call>();
        Sessions.usual(client, trace -> {
            calls.addAll(of(client, trace));
            return calls.size();
        });
        return calls;
    }

    /** The POSTs among them; the rule cannot be judged where there is none. */
    static List<Call> usualPosts(ClientUnderTest client) {
        return some(usual(client).stream().filter(Call::isPost).toList(), NOTHING);
    }

    /** The POSTs of the revision; the rule cannot be judged where there is none. */
    static List<Call> posts(ClientUnderTest client, Trace trace) {
        return some(of(client, trace).stream().filter(Call::isPost).toList(), NOTHING);
    }

    /** The JSON-RPC requests of the revision; the rule cannot be judged where there is none. */
    static List<Call> requests(ClientUnderTest client, Trace trace) {
        return some(of(client, trace).stream().filter(Call::isRequest).toList(), "the client made no request");
    }

    /** The same message again is the same request, which was not given up; the rule cannot be judged then. */
    static void mustNotBeSentAgain(Trace trace, Call call) {
        if (trace.after(call).anyMatch(c -> c.isPost() && c.body().equals(call.body()))) {
            throw RuleAbortedException.notTestable("the client sent the same message again, and so did not give it up");
        }
    }

    static <T> List<T> some(List<T> calls, String otherwise) {
        if (calls.isEmpty()) {
            throw RuleAbortedException.notTestable(otherwise);
        }
        return calls;
    }

    /**
     * Whether two requests are known to be of one client: they belong to a session or, on the kit's stage, share a
     * connection, or there is but one client. Requests without a session say nothing of who made them, and neither
     * do connections where something may stand between: a trace may have begun when others were there already.
     */
    static boolean sameClient(ClientUnderTest client, Trace trace, Call one, Call other) {
        if (one.sessionId().isPresent()) {
            return one.sessionId().equals(other.sessionId());
        }
        return client.isLive()
                && (one.connection() == other.connection() || trace.beginnings().size() == 1);
    }
}
