package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Revision;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The exchanges of a client with a server, as data: they can be judged without either.
 *
 * @param calls in the order in which they arrived
 * @param outcome how the client's program ended, where that is known
 * @param oddities connections that brought no HTTP/1.1, in words
 * @param whole whether nothing is missing: neither was the trace cut, nor did its bound stop it
 * @param rounding by how many nanoseconds two moments may be nearer to each other, or further apart, than they say
 */
public record Trace(List<Call> calls, Optional<Outcome> outcome, List<String> oddities, boolean whole, long rounding) {

    /** A trace whose moments are exact. */
    public Trace(List<Call> calls, Optional<Outcome> outcome, List<String> oddities, boolean whole) {
        this(calls, outcome, oddities, whole, 0);
    }

    /** The calls of the MCP endpoint, without the questions that browsers ask before they let a page send anything. */
    public Stream<Call> endpoint() {
        return calls.stream().filter(c -> c.endpoint() && !c.method().equals("OPTIONS"));
    }

    /** The calls of the MCP endpoint that belong to revisions with sessions. */
    public Stream<Call> legacy() {
        return endpoint().filter(c -> !c.isModern());
    }

    /** The calls of the MCP endpoint that belong to revisions without sessions. */
    public Stream<Call> modern() {
        return endpoint().filter(Call::isModern);
    }

    /** The requests {@code initialize} that succeeded. */
    public List<Opening> openings() {
        return legacy().filter(c -> c.calls("initialize")
                        && c.status() / 100 == 2
                        && c.result().isPresent())
                .map(c -> new Opening(
                        c,
                        c.assignedId(),
                        Optional.of(c.result().get().path("protocolVersion"))
                                .filter(JsonNode::isString)
                                .map(JsonNode::asString)))
                .toList();
    }

    /** The opening of the session with that id. */
    public Optional<Opening> opening(String sessionId) {
        return openings().stream()
                .filter(o -> o.id().filter(sessionId::equals).isPresent())
                .reduce((first, last) -> last);
    }

    /** Those calls after another, in the order in which they arrived. */
    public Stream<Call> after(Call earlier) {
        return calls.stream().filter(c -> c.number() > earlier.number());
    }

    public Optional<Call> first(Predicate<Call> condition) {
        return calls.stream().filter(condition).findFirst();
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
