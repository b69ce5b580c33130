package dev.mcpsession.conformance.clients.rules;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sessions in a trace, and what a client knew of them when it sent something. */
final class Sessions {
    /** A request that arrives so long after a reply was sent was hardly on its way then. */
    static final long LONG_AFTER = Duration.ofSeconds(2).toNanos();

    /** Two requests so far apart belong to different attempts of a client. */
    private static final long ATTEMPTS_APART = Duration.ofSeconds(1).toNanos();

    private Sessions() {}

    /** The openings; the rule does not apply where there is none. */
    static List<Trace.Opening> opened(Trace trace) {
        var openings = trace.openings();
        if (openings.isEmpty()) {
            throw RuleAbortedException.notApplicable("the client opened no session");
        }
        return openings;
    }

    /** The openings with an id; the rule does not apply where there is none. */
    static List<Trace.Opening> withId(Trace trace) {
        var openings = opened(trace).stream().filter(o -> o.id().isPresent()).toList();
        if (openings.isEmpty()) {
            throw RuleAbortedException.notApplicable("the server assigned no session id");
        }
        return openings;
    }

    static Set<String> ids(List<Trace.Opening> openings) {
        return openings.stream().flatMap(o -> o.id().stream()).collect(Collectors.toSet());
    }

    /**
     * The calls of a session after its opening: those with its id, or all where there is but one session and it has
     * no id.
     */
    static Stream<Call> of(Trace trace, Trace.Opening opening) {
        return trace.calls(opening).stream();
    }

    /**
     * The first time that a client was told that a session has ended which it had not deleted: by 404 to a request
     * with its id.
     */
    static Optional<Call> gone(Trace trace) {
        var deleted = new HashSet<String>();
        for (var call : trace.legacy().toList()) {
            var id = call.sessionId();
            if (call.isDelete()) {
                id.ifPresent(deleted::add);
            } else if (call.status() == 404
                    && call.endedAt() != 0
                    && id.filter(i -> !deleted.contains(i)).isPresent()) {
                return Optional.of(call);
            }
        }
        return Optional.empty();
    }

    /**
     * Whether a client may be taken to have read a reply before it sent another request: that came on the same
     * connection, or long after. Something between the two may order them otherwise, so this is a ground for
     * suspicion and no proof.
     */
    static boolean knew(Call earlier, Call later) {
        return later.number() > earlier.number()
                && earlier.endedAt() != 0
                && later.beganAt() > earlier.endedAt()
                && (later.connection() == earlier.connection() || later.beganAt() - earlier.endedAt() >= LONG_AFTER);
    }

    /** Whether requests come again and again, so far apart that they cannot all have been on their way. */
    static boolean repeated(Call first, List<Call> later) {
        long last = first.endedAt();
        int strikes = 0;
        for (var call : later) {
            if (call.beganAt() - last >= ATTEMPTS_APART) {
                strikes++;
                last = Math.max(call.endedAt(), call.beganAt());
            }
        }
        return strikes >= 2;
    }

    /** Throws what is due for something that is proof when seen again and again, and else a ground for suspicion. */
    static void found(ClientUnderTest client, boolean proven, String expectation, String observation, Call call) {
        if (proven) {
            throw client.violation(expectation, observation, call);
        }
        throw client.suspicion(expectation, observation, call);
    }

    /**
     * The client's program ended well when nothing was unusual, so that its status says something where something is.
     */
    static void mustSucceed(ClientUnderTest client, Trace plain) {
        var outcome = plain.outcome();
        if (outcome.isEmpty()) {
            throw RuleAbortedException.notTestable(
                    "it is not known how the client ended: it was not started by the kit");
        }
        if (!outcome.get().succeeded()) {
            throw RuleAbortedException.notTestable("the client's exit status says nothing: without anything unusual it "
                    + outcome.get().describe());
        }
    }
}
