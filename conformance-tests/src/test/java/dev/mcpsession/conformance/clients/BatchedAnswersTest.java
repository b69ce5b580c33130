package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A client of 2025-03-26, which has batches, may put its answers and cancellations into them. */
class BatchedAnswersTest {
    private static final Set<String> RULES = Set.of(
            "client/ping-answered",
            "client/ping-answered-empty",
            "client/timeout-cancels",
            "client/cancels-own-request",
            "client/request-ids-unique");

    @Test
    void areRead() {
        var client = new ToyClient() {
            @Override
            String body(JsonNode message) {
                boolean request = message.has("id") && message.has("method");
                return request ? super.body(message) : "[" + super.body(message) + "]";
            }
        };
        var verdicts = ClientSuite.of(client)
                .revisions(Set.of(Revision.V2025_03_26))
                .select(r -> RULES.contains(r.id()))
                .run()
                .results()
                .stream()
                .collect(Collectors.toMap(r -> r.rule().id(), r -> r.verdict(), (a, b) -> a, TreeMap::new));
        var expected =
                RULES.stream().collect(Collectors.toMap(id -> id, id -> Verdict.PASS, (a, b) -> a, TreeMap::new));
        assertEquals(expected, verdicts);
    }
}
