package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.driver.LambdaDriver;
import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** One process that goes through many scripts is judged as many processes are. */
class SeriesTest {
    /** A client that turns to another server when it is told to, and says how each step went. */
    private static class Turning extends ToyClient {
        @Override
        void step(Use use, String step) throws Exception {
            if (step.startsWith(Driver.SERVER_STEP)) {
                turn(use, step.split(" "));
            } else {
                super.step(use, step);
            }
            use.say.accept("ok " + step);
        }

        void turn(Use use, String... words) {
            use.server = URI.create(words[1]);
            use.settings.put(Driver.REVISION, words[2]);
            use.settings.remove(Driver.TOKEN);
            if (words.length > 3) {
                use.settings.put(Driver.TOKEN, words[3]);
            }
            use.closing = false;
            use.sessionId = null;
            use.timeout = Duration.ofSeconds(25);
        }
    }

    private static final class Program implements Driver {
        private final Driver driver;
        private final AtomicInteger starts = new AtomicInteger();

        Program(ToyClient client) {
            driver = new LambdaDriver(client);
        }

        @Override
        public Outcome drive(URI server, Map<String, String> settings, BooleanSupplier timeOver, LongSupplier clock)
                throws InterruptedException {
            starts.incrementAndGet();
            return driver.drive(server, settings, timeOver, clock);
        }

        @Override
        public Outcome drive(
                URI server,
                Map<String, String> settings,
                BooleanSupplier timeOver,
                LongSupplier clock,
                Consumer<String> onLine)
                throws InterruptedException {
            starts.incrementAndGet();
            return driver.drive(server, settings, timeOver, clock, onLine);
        }

        @Override
        public boolean startsSlowly() {
            return true;
        }

        @Override
        public String describe() {
            return "a program";
        }

        /** The violations, by the rules that need no waiting. */
        List<String> violations() {
            return ClientSuite.of(this)
                    .revisions(List.of(Revision.V2025_06_18, Revision.V2025_11_25))
                    .select(rule -> !rule.waits())
                    .run()
                    .results()
                    .stream()
                    .filter(r -> r.verdict().isViolation()
                            || r.verdict() == Verdict.ERROR
                            || r.verdict() == Verdict.INCONCLUSIVE)
                    .map(r -> r.rule().id() + " " + r.revision())
                    .toList();
        }
    }

    /** Without the step, each script is a start: about 30. */
    @Test
    void fewStartsDo() {
        var program = new Program(new Turning());
        assertEquals(List.of(), program.violations());
        assertTrue(program.starts.get() <= 8, () -> program.starts + " starts");
    }

    @Test
    void aClientThatCannotTurnIsStartedForEachScript() {
        var program = new Program(new ToyClient());
        assertEquals(List.of(), program.violations());
        assertTrue(program.starts.get() > 15, () -> program.starts + " starts");
    }

    @Test
    void aMistakeShowsAsInAProcessOfItsOwn() {
        var wrong = new Turning() {
            @Override
            void delete(Use use) {
                // Never.
            }
        };
        assertTrue(new Program(wrong)
                .violations()
                .containsAll(List.of("client/delete-at-end 2025-06-18", "client/delete-at-end 2025-11-25")));
    }

    /** What a client does wrong only after it has done other things is not held against it. */
    @Test
    void whatOnlyASeriesBringsAboutIsNoMistake() {
        var tired = new Turning() {
            @Override
            void delete(Use use) throws Exception {
                if (!use.settings.containsKey("tired")) {
                    super.delete(use);
                }
            }

            @Override
            void turn(Use use, String... words) {
                super.turn(use, words);
                use.settings.put("tired", "yes");
            }
        };
        assertEquals(List.of(), new Program(tired).violations());
    }

    /** The process ends in the middle of a series: what it did not come to is played by itself. */
    @Test
    void aSeriesThatBreaksOff() {
        var brief = new Turning() {
            @Override
            List<String> steps(Use use) {
                var steps = super.steps(use);
                return steps.subList(0, Math.min(steps.size(), 14));
            }
        };
        assertEquals(List.of(), new Program(brief).violations());
    }
}
