package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Unless.NO_ID_ASSIGNED;
import static dev.mcpsession.conformance.judgement.Unless.SESSIONLESS;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sessions in a trace, and what a client knew of them when it sent something. */
final class Sessions {
    /** A request that arrives so long after a reply was sent was hardly on its way then. */
    static final long LONG_AFTER = Duration.ofSeconds(2).toNanos();

    /** Two requests between which a client did nothing for so long belong to different attempts. */
    private static final long ATTEMPTS_APART = Duration.ofMillis(500).toNanos();

    /** So long a client does nothing between attempts, all together, that they cannot all have waited to be sent. */
    private static final long APART_IN_ALL = Duration.ofMillis(1500).toNanos();

    /** The same, whatever the attempts are apart. */
    private static final long NO_QUEUE = Duration.ofSeconds(3).toNanos();

    private Sessions() {}

    /**
     * Looks at what a client does that nobody hinders: at a server that does nothing unusual; and then, for revisions
     * with sessions, in front of one that asks it something and ends its first session. A trace that is given is the
     * only one.
     *
     * @param look tells how much it has looked at
     * @return how much that was in all
     */
    static int usual(ClientUnderTest client, ToIntFunction<Trace> look) {
        boolean anew = client.isOnStage() && client.revision().isLegacy();
        if (anew) {
            client.mayPlay(Scripts.ANEW);
        }
        int looked = look.applyAsInt(client.play(Scripts.PLAIN));
        return looked
                + (anew ? client.tryPlay(Scripts.ANEW).map(look::applyAsInt).orElse(0) : 0);
    }

    /** The openings; the rule does not apply where there is none. */
    static List<Trace.Opening> opened(Trace trace) {
        var openings = trace.openings();
        if (openings.isEmpty()) {
            throw RuleAbortedException.notApplicable(SESSIONLESS);
        }
        return openings;
    }

    /** The openings with an id; the rule does not apply where there is none. */
    static List<Trace.Opening> withId(Trace trace) {
        var openings = opened(trace).stream().filter(o -> o.id().isPresent()).toList();
        if (openings.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_ID_ASSIGNED);
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
     * with its id. A server that has no route for GET may say 404 to it, and still have the session.
     */
    static Optional<Call> gone(Trace trace) {
        return allGone(trace).stream().findFirst();
    }

    /** The same for each session of which a client was told that, in the order in which it was. */
    static List<Call> allGone(Trace trace) {
        return firstRefusals(trace, false);
    }

    /** The first 404 in each session that its client had deleted. */
    static List<Call> deletedAndGone(Trace trace) {
        return firstRefusals(trace, true);
    }

    private static List<Call> firstRefusals(Trace trace, boolean ofDeleted) {
        var deleted = new HashSet<String>();
        var gone = new LinkedHashMap<String, Call>();
        var lastServed = new HashMap<String, Long>();
        trace.legacy()
                .filter(c -> c.status() / 100 == 2 && !c.calls("initialize"))
                .forEach(c -> c.sessionId().ifPresent(id -> lastServed.merge(id, c.beganAt(), Math::max)));
        for (var call : trace.legacy().toList()) {
            var id = call.sessionId();
            if (call.isDelete()) {
                id.ifPresent(deleted::add);
            } else if (call.status() == 404
                    && call.endedAt() != 0
                    && !call.calls("initialize")
                    && id.filter(i -> deleted.contains(i) == ofDeleted)
                            .filter(i -> lastServed.getOrDefault(i, 0L) <= call.endedAt())
                            .isPresent()) {
                gone.putIfAbsent(id.get(), call);
            }
        }
        return List.copyOf(gone.values());
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

    /**
     * Whether requests come again and again, with pauses between the answer to one and the next, so that they cannot
     * all have been made before the first answer was read. Requests that waited for a free connection follow each other
     * without a pause, however slow the server is; and a machine that is slow may pause once.
     *
     * @param pauses so many are wanted at least
     */
    static boolean repeated(Trace trace, Call first, List<Call> later, int pauses) {
        long busyUntil = first.endedAt();
        long paused = 0;
        int found = 0;
        for (var call : later) {
            long pause = call.beganAt() - busyUntil - trace.rounding();
            if (pause > 0 && !opensAnew(trace, first, call)) {
                paused += pause;
                found += pause >= ATTEMPTS_APART ? 1 : 0;
            }
            busyUntil = call.endedAt() == 0 ? Long.MAX_VALUE : Math.max(busyUntil, call.endedAt());
            if (busyUntil == Long.MAX_VALUE) {
                break;
            }
            if (found >= pauses && paused >= APART_IN_ALL || paused >= NO_QUEUE && later.size() > 2 * pauses) {
                return true;
            }
        }
        return found >= pauses && paused >= APART_IN_ALL;
    }

    /** Whether a client that was told of the end of its session was about to open another when it sent a request. */
    private static boolean opensAnew(Trace trace, Call gone, Call when) {
        return trace.initializes().stream()
                .anyMatch(i -> i.number() > gone.number()
                        && i.beganAt() <= when.beganAt()
                        && (i.answeredAt() == 0 || i.answeredAt() >= when.beganAt()));
    }

    /** Those of which each began after the one before it had ended, so that all may be an answer to what came of it. */
    static List<Call> oneByOne(List<Call> calls) {
        var found = new ArrayList<Call>();
        for (var call : calls) {
            var last = found.isEmpty() ? null : found.get(found.size() - 1);
            if (last == null || last.endedAt() != 0 && call.beganAt() > last.endedAt()) {
                found.add(call);
            }
        }
        return found;
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
