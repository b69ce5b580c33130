package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.servers.ToyServer.Call;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A server that ends is told so once, by the request that it ended at; nothing else is held against it. */
class DepartedServersTest {
    private static final String SERVES_ON = "service/serves-on";

    @Test
    void namesTheRequestThatEndedTheServer() throws Exception {
        // No other of them makes requests of kinds that are new to the server by then.
        var run = run(
                call -> call.called().equals("no/such-method"),
                rule -> rule.id().equals("transport/unknown-method-harmless")
                        || List.of("idle", "service").contains(rule.area()));
        var broken =
                run.results().stream().filter(r -> r.verdict().isViolation()).toList();
        assertEquals(List.of(SERVES_ON), broken.stream().map(r -> r.rule().id()).toList(), () -> shown(broken));
        var said = broken.get(0).summary();
        assertTrue(said.contains("the server stopped answering after "), said);
        assertTrue(
                said.contains(
                        "it left POST no/such-method of transport/unknown-method-harmless without an answer, a request"
                                + " of a kind that it had never answered"),
                said);
        assertEquals(0, run.count(Verdict.ERROR));
        var pointers = run.results().stream()
                .filter(r -> r.verdict() == Verdict.NOT_RUN || r.verdict() == Verdict.INCONCLUSIVE)
                // A breach that was only suspected tells of that first.
                .filter(r -> !r.summary().startsWith("the rule seemed broken"))
                .filter(r -> r.summary().contains("the server stopped answering after "))
                .toList();
        assertTrue(pointers.size() > 10, () -> "few rules were left out: " + shown(pointers));
        assertTrue(
                pointers.stream().allMatch(r -> r.summary().length() < 200), () -> "long-winded: " + shown(pointers));
    }

    @Test
    void blamesADisruptiveRuleForAnEndAfterItsRequests() throws Exception {
        var run = run(call -> call.sessionId().filter(id -> id.length() > 1000).isPresent(), rule -> true);
        var broken =
                run.results().stream().filter(r -> r.verdict().isViolation()).toList();
        assertEquals(1, broken.size(), () -> shown(broken));
        assertTrue(broken.get(0).rule().disruptive());
        assertTrue(broken.get(0).summary().contains("the server no longer serves"), broken.get(0)::summary);
    }

    private static RunResult run(Predicate<Call> fatal, Predicate<RuleInfo> some) throws Exception {
        var launcher = ToyServer.launcher(() -> new DepartingToyServer(fatal));
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var target = Targets.of("departing", server.uri(), launcher)
                    .patience(Duration.ofSeconds(3))
                    .build();
            return Suite.of(target).revisions(List.of(Revision.V2025_11_25)).run();
        }
    }

    private static String shown(List<RuleResult> results) {
        return String.join(
                "; ",
                results.stream()
                        .map(r -> r.rule().id() + " " + r.verdict() + ": " + r.summary())
                        .toList());
    }
}
