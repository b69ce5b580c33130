package dev.mcpsession.conformance.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.servers.HangingToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The budgets of time of a rule and of a run. */
class BudgetTest {
    private static RunResult judge(
            Supplier<ToyServer> servers, Class<?> rules, UnaryOperator<Target.Builder> settings) {
        try (var server = ToyServer.start(servers, LaunchSettings.withoutIdleTimeout())) {
            return Suite.of(settings.apply(Target.at(server.uri())).build())
                    .catalogue(Catalogue.of(() -> List.of(rules)))
                    .revisions(List.of(Revision.V2025_11_25))
                    .run();
        }
    }

    private static RuleResult of(RunResult run, String id) {
        return run.results().stream()
                .filter(r -> r.rule().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    static class Slow {
        @Rule(id = "budget/endless", title = "t", level = Level.MUST, source = "s")
        void endless(Client client) {
            while (true) {
                client.open().mustBeAlive("again");
            }
        }

        @Rule(id = "budget/accuses", title = "t", level = Level.MUST, source = "s")
        void accuses(Client client) {
            var exchange = client.open().ping().send();
            try {
                Moment.sleep(Duration.ofMinutes(10));
            } catch (RuleAbortedException e) {
                throw new Violation("an answer", "none came", exchange);
            }
        }

        @Rule(id = "budget/waits", title = "t", level = Level.MUST, source = "s")
        void waits(Client client) {
            var session = client.open();
            client.pause(Duration.ofSeconds(3));
            session.mustBeAlive("after a while");
        }
    }

    @Test
    void aRuleThatTakesTooLongIsInconclusiveWhateverItSays() {
        var run = judge(ToyServer::new, Slow.class, target -> target.ruleBudget(Duration.ofSeconds(2)));
        for (var id : List.of("budget/endless", "budget/accuses")) {
            assertEquals(
                    Verdict.INCONCLUSIVE,
                    of(run, id).verdict(),
                    () -> of(run, id).summary());
            assertTrue(
                    of(run, id).summary().contains("longer than 2.00 s"),
                    () -> of(run, id).summary());
        }
    }

    @Test
    void timeThatIsLetPassOnPurposeDoesNotCount() {
        var run = judge(ToyServer::new, Slow.class, target -> target.ruleBudget(Duration.ofSeconds(2)));
        assertEquals(
                Verdict.PASS,
                of(run, "budget/waits").verdict(),
                () -> of(run, "budget/waits").summary());
    }

    static class Many {
        @Rule(id = "budget/a", title = "t", level = Level.MUST, source = "s")
        void a(Client client) {
            pings(client);
        }

        @Rule(id = "budget/b", title = "t", level = Level.MUST, source = "s")
        void b(Client client) {
            pings(client);
        }

        private static void pings(Client client) {
            for (int i = 0; i < 40; i++) {
                client.open().ping().send().answered();
            }
        }
    }

    /** Answers no ping. */
    private static final class WithoutPings extends HangingToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return call.called().equals("ping") ? hang() : super.answer(call);
        }
    }

    @Test
    void aRunOnAServerThatLeavesRepliesOutEnds() {
        var run = judge(
                WithoutPings::new,
                Many.class,
                target -> target.patience(Duration.ofSeconds(1)).runBudget(Duration.ofSeconds(3)));
        for (var id : List.of("budget/a", "budget/b")) {
            assertEquals(
                    Verdict.NOT_RUN, of(run, id).verdict(), () -> of(run, id).summary());
            assertTrue(
                    of(run, id).summary().contains("--run-budget"),
                    () -> of(run, id).summary());
        }
    }

    @Test
    void aServerThatIsOnlySlowIsJudgedToTheEnd() {
        var run = judge(
                () -> new ToyServer() {
                    @Override
                    protected Answer answer(Call call) throws Exception {
                        Moment.sleep(Duration.ofMillis(10));
                        return super.answer(call);
                    }
                },
                Many.class,
                target -> target.runBudget(Duration.ofMillis(1)));
        for (var id : List.of("budget/a", "budget/b")) {
            assertEquals(Verdict.PASS, of(run, id).verdict(), () -> of(run, id).summary());
        }
    }
}
