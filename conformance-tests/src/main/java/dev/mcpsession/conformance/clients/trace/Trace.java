package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Revision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The exchanges of a client with a server, as data: they can be judged without either. Sessions and openings are
 * looked up, not searched for, so that traces of many sessions can be judged too. Safe for use by several threads.
 */
public final class Trace {
    private final List<Call> calls;
    private final Optional<Outcome> outcome;
    private final List<String> oddities;
    private final boolean whole;
    private final long rounding;
    private @Nullable Index index;

    /** A trace whose moments are exact. */
    public Trace(List<Call> calls, Optional<Outcome> outcome, List<String> oddities, boolean whole) {
        this(calls, outcome, oddities, whole, 0);
    }

    /**
     * @param calls in the order in which they arrived
     * @param outcome how the client's program ended, where that is known
     * @param oddities connections that brought no HTTP/1.1, in words
     * @param whole whether nothing is missing: neither was the trace cut, nor did its bound stop it
     * @param rounding by how many nanoseconds two moments may be nearer to each other, or further apart, than they
     *     say
     */
    public Trace(List<Call> calls, Optional<Outcome> outcome, List<String> oddities, boolean whole, long rounding) {
        this.calls = List.copyOf(calls);
        this.outcome = outcome;
        this.oddities = List.copyOf(oddities);
        this.whole = whole;
        this.rounding = rounding;
    }

    /** All calls, in the order in which they arrived. */
    public List<Call> calls() {
        return calls;
    }

    /** How the client's program ended, where that is known. */
    public Optional<Outcome> outcome() {
        return outcome;
    }

    /** Connections that brought no HTTP/1.1, in words. */
    public List<String> oddities() {
        return oddities;
    }

    /** Whether nothing is missing: neither was the trace cut, nor did its bound stop it. */
    public boolean whole() {
        return whole;
    }

    /** By how many nanoseconds two moments may be nearer to each other, or further apart, than they say. */
    public long rounding() {
        return rounding;
    }

    /** The calls of the MCP endpoint, without the questions that browsers ask before they let a page send anything. */
    public Stream<Call> endpoint() {
        return index().endpoint.stream();
    }

    /** The calls of the MCP endpoint that belong to revisions with sessions. */
    public Stream<Call> legacy() {
        return index().legacy.stream();
    }

    /** The calls of the MCP endpoint that belong to revisions without sessions. */
    public Stream<Call> modern() {
        return index().modern.stream();
    }

    /** The requests {@code initialize}, whatever came of them. */
    public List<Call> initializes() {
        return index().initializes;
    }

    /** The requests with which a client begins: {@code initialize} and {@code server/discover}. */
    public List<Call> beginnings() {
        return index().beginnings;
    }

    /** The requests {@code initialize} that succeeded. */
    public List<Opening> openings() {
        return index().openings;
    }

    /** The last opening of a session with that id. */
    public Optional<Opening> opening(String sessionId) {
        return Optional.ofNullable(index().lastOpenings.get(sessionId));
    }

    /** What a call has opened, if it is an {@code initialize} that succeeded. */
    public Optional<Opening> openedBy(Call call) {
        return Optional.ofNullable(index().openingsByCall.get(call.number()));
    }

    /**
     * The calls of a session after its opening: those with its id, until a session with the same id is opened. Where
     * it has no id, all that came after it was answered; none if the trace holds another {@code initialize}.
     */
    public List<Call> calls(Opening opening) {
        var index = index();
        if (opening.id().isEmpty()) {
            return index.initializes.size() != 1
                    ? List.of()
                    : index.inSession.stream()
                            .filter(c -> c.number() > opening.call().number()
                                    && c.beganAt() > opening.call().answeredAt())
                            .toList();
        }
        var all = withId(opening.id().get());
        var next = index.successors.get(opening.call().number());
        int until = next == null ? Integer.MAX_VALUE : next.call().number();
        return all.subList(firstAfter(all, opening.call().number()), firstAfter(all, until));
    }

    /** The calls of the MCP endpoint with that session id, {@code initialize} not among them. */
    public List<Call> withId(String sessionId) {
        return index().callsById.getOrDefault(sessionId, List.of());
    }

    /** Those calls after another, in the order in which they arrived. */
    public Stream<Call> after(Call earlier) {
        return calls.subList(firstAfter(calls, earlier.number()), calls.size()).stream();
    }

    /** Where the calls begin whose number is higher; calls stand in the order of their numbers. */
    private static int firstAfter(List<Call> calls, int number) {
        int from = 0;
        int until = calls.size();
        while (from < until) {
            int middle = (from + until) >>> 1;
            if (calls.get(middle).number() > number) {
                until = middle;
            } else {
                from = middle + 1;
            }
        }
        return from;
    }

    public Optional<Call> first(Predicate<Call> condition) {
        return calls.stream().filter(condition).findFirst();
    }

    private synchronized Index index() {
        if (index == null) {
            index = new Index(calls);
        }
        return index;
    }

    /** What is asked for again and again, found in one pass. */
    private static final class Index {
        final List<Call> endpoint = new ArrayList<>();
        final List<Call> legacy = new ArrayList<>();
        final List<Call> modern = new ArrayList<>();
        final List<Call> initializes = new ArrayList<>();
        final List<Call> beginnings = new ArrayList<>();
        final List<Call> inSession = new ArrayList<>();
        final List<Opening> openings = new ArrayList<>();
        final Map<Integer, Opening> openingsByCall = new HashMap<>();
        final Map<String, Opening> lastOpenings = new HashMap<>();

        /** The next opening with the same id. */
        final Map<Integer, Opening> successors = new HashMap<>();

        final Map<String, List<Call>> callsById = new HashMap<>();

        Index(List<Call> calls) {
            for (var call : calls) {
                if (call.endpoint() && !call.method().equals("OPTIONS")) {
                    add(call);
                }
            }
        }

        private void add(Call call) {
            endpoint.add(call);
            boolean initialize = call.calls("initialize");
            if (initialize || call.calls("server/discover")) {
                beginnings.add(call);
            }
            if (call.isModern() && !isOfSession(call)) {
                modern.add(call);
                return;
            }
            legacy.add(call);
            if (!initialize) {
                inSession.add(call);
                call.sessionId()
                        .ifPresent(id -> callsById
                                .computeIfAbsent(id, i -> new ArrayList<>())
                                .add(call));
                return;
            }
            initializes.add(call);
            if (call.status() / 100 == 2) {
                call.result().ifPresent(result -> open(call, result));
            }
        }

        /** Whether a header alone speaks for the modern era, and the id of a session that was opened against it. */
        private boolean isOfSession(Call call) {
            return call.metaVersion().isEmpty()
                    && !call.calls("server/discover")
                    && call.sessionId().filter(lastOpenings::containsKey).isPresent();
        }

        private void open(Call call, JsonNode result) {
            var opening = new Opening(
                    call,
                    call.assignedId(),
                    Optional.of(result.path("protocolVersion"))
                            .filter(JsonNode::isString)
                            .map(JsonNode::asString));
            openings.add(opening);
            openingsByCall.put(call.number(), opening);
            var earlier = opening.id().map(id -> lastOpenings.put(id, opening));
            earlier.ifPresent(e -> successors.put(e.call().number(), opening));
        }
    }

    /**
     * A session's beginning.
     *
     * @param call the exchange of {@code initialize}
     * @param id the session id that the server assigned, if it did
     * @param version the revision that the server answered with
     */
    public record Opening(Call call, Optional<String> id, Optional<String> version) {
        public Optional<Revision> revision() {
            return version.flatMap(Revision::find);
        }
    }
}
