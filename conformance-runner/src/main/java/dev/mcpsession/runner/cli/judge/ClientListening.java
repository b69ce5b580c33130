package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.clients.ClientSuite;
import dev.mcpsession.conformance.clients.stage.OpenStage;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.runner.cli.console.Ending;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.ClientOptions;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Judges clients that somebody else runs, by what they do at the URLs that are printed. */
public final class ClientListening {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private static final Set<Verdict> TOLD =
            EnumSet.of(Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR);

    private final OpenStage stage;
    private final JudgeClient judging;
    private final Map<String, Verdict> told = new HashMap<>();

    /** The oddities that have been told. */
    private final Set<String> odd = new HashSet<>();

    /** The requests that had come when the clients were last judged. */
    private final Map<OpenStage.Visit, Integer> judged = new HashMap<>();

    private ClientListening(OpenStage stage, JudgeClient judging) {
        this.stage = stage;
        this.judging = judging;
    }

    /**
     * Listens until the call is interrupted.
     *
     * @param span null for as long as it takes
     * @return the exit status
     * @throws UsageException if the port cannot be opened
     */
    public static int listen(int port, @Nullable Duration span, ClientOptions options, Io io) throws Exception {
        if (port < 0 || port > 65_535) {
            throw new UsageException("--listen: " + port + " is no port");
        }
        try (var judging = new JudgeClient(options, io);
                var stage = open(port, judging)) {
            var listening = new ClientListening(stage, judging);
            judging.suite(ClientSuite.of(stage)).ask();
            listening.invite();
            try (var ending = new Ending(span, io.ownProcess(), judging.errors()::line)) {
                ending.interruptibly(() -> {
                    while (true) {
                        Thread.sleep(LOOK_EVERY.toMillis());
                        listening.look();
                    }
                });
            } catch (InterruptedException e) {
                // That is the end of the listening.
            }
            return judging.judge(
                    ClientSuite.of(stage),
                    "client",
                    "clients at " + stage.walk().getAuthority(),
                    null);
        }
    }

    private static OpenStage open(int port, JudgeClient judging) {
        try {
            return new OpenStage(
                    port,
                    judging.revisions(),
                    visit -> judging.screen()
                            .line(Screen.bold(visit.script().name()) + " " + visit.revision() + ": "
                                    + visit.script().doing() + ", then disconnect"));
        } catch (IOException e) {
            throw new UsageException("--listen: port " + port + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private void invite() {
        var screen = judging.screen();
        screen.line("Point a client at " + Screen.bold(stage.walk().toString()));
        screen.line("and connect, do what is said here, disconnect; again for each scenario. Ctrl-C gives the report.");
        screen.line(
                "A client whose program ends is done with a scenario at once; before another connects, wait until what"
                        + " came of it is told.");
        screen.line("");
        screen.line("Or at one scenario; /SCENARIO/REVISION/mcp chooses the revision:");
        var scripts = stage.asked();
        int width = scripts.stream()
                .mapToInt(s -> stage.uri(s).toString().length())
                .max()
                .orElse(0);
        scripts.forEach(s -> screen.line(
                "  " + (stage.uri(s) + " ".repeat(width)).substring(0, width) + "  " + Screen.dim(s.doing())));
        screen.line("");
    }

    /** Judges when a client seems to be done with a scene, and tells what is new. */
    private void look() {
        stage.oddities().stream()
                .filter(odd::add)
                .forEach(o -> judging.screen().line(Screen.yellow("? " + Screen.foreign(o))));
        boolean anew = false;
        for (var visit : stage.visits()) {
            if (visit.isQuiet() && visit.requests() != judged.getOrDefault(visit, 0)) {
                judged.put(visit, visit.requests());
                anew = true;
            }
        }
        if (anew) {
            judging.suite(ClientSuite.of(stage)).listener(this::tell).run();
            stage.visits().stream()
                    .map(OpenStage.Visit::revision)
                    .distinct()
                    .forEach(r -> judging.screen().line(Screen.dim(r + ": " + stage.left(r) + " scenarios are left")));
        }
    }

    private synchronized void tell(RuleResult result) {
        var verdict = result.verdict();
        if (TOLD.contains(verdict) && told.put(result.rule().id() + " " + result.revision(), verdict) != verdict) {
            judging.screen()
                    .line("  " + Symbols.sign(verdict) + " " + result.rule().id() + " " + result.revision()
                            + (result.summary().isEmpty() ? "" : ": " + result.summary()));
        }
    }
}
