package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Hiccups;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The rules of a catalogue, run against a server. */
public final class Suite {
    /** Rules mostly wait, so far more run side by side than there are cores; the target bounds what they do. */
    private static final int THREADS = 128;

    /** What a survey gets to come to its end when the run is cancelled: what it has opened, it ends itself. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

    private final Target target;
    private Catalogue catalogue;
    private Set<Revision> revisions = EnumSet.allOf(Revision.class);
    private Predicate<RuleInfo> selection = rule -> true;
    private RunListener listener = new RunListener() {};
    private Hiccups hiccups = Hiccups.NONE;
    private final CompletableFuture<String> cancelled = new CompletableFuture<>();
    private volatile Run current;

    private Suite(Target target) {
        this.target = target;
    }

    /** The kit's rules, and those of every other {@link dev.mcpsession.conformance.rule.RuleSet}, for a target. */
    public static Suite of(Target target) {
        return new Suite(target);
    }

    public Suite catalogue(Catalogue catalogue) {
        this.catalogue = catalogue;
        return this;
    }

    /** Asks for these revisions alone. */
    public Suite revisions(Collection<Revision> revisions) {
        this.revisions = EnumSet.copyOf(revisions);
        return this;
    }

    /** Runs only the rules that the predicate accepts. */
    public Suite select(Predicate<RuleInfo> selection) {
        this.selection = selection;
        return this;
    }

    public Suite listener(RunListener listener) {
        this.listener = listener;
        return this;
    }

    /** For tests: holds up exchanges, as a slow machine does. */
    public Suite hiccups(Hiccups hiccups) {
        this.hiccups = hiccups;
        return this;
    }

    /**
     * Ends the run soon, from any thread: rules in progress are interrupted and clean up, and they and the others are
     * NOT_RUN. What was judged before stays.
     *
     * @param why to follow "the run ended before:", such as "it was interrupted"
     */
    public void cancel(String why) {
        cancelled.complete(why);
        var run = current;
        if (run != null) {
            run.cancel(cancelled.join());
        }
    }

    /**
     * Surveys the server and runs the rules.
     *
     * @throws Unjudgeable if the server cannot be judged at all, or the run is ended before it is known what the server
     *     speaks
     */
    public RunResult run() {
        var startedAt = Instant.now();
        long started = System.nanoTime();
        var all = catalogue == null ? Catalogue.load(Thread.currentThread().getContextClassLoader()) : catalogue;
        try (var transport = new Transport(target, hiccups)) {
            var survey = survey(transport);
            var run = new Run(target, transport, survey, listener);
            current = run;
            if (cancelled.isDone()) {
                run.cancel(cancelled.join());
            }
            var chosen = all.rules().stream().filter(selection).filter(r -> !run.revisions(r).isEmpty()).toList();
            listener.surveyed(survey, chosen.stream().mapToInt(r -> run.revisions(r).size()).sum());
            // Rules that wait begin first, so that the others run while they wait.
            var waiting = chosen.stream().filter(r -> !r.hostile() && Run.waits(r)).toList();
            var quick = chosen.stream().filter(r -> !r.hostile() && !Run.waits(r)).toList();
            launch(run, Stream.concat(waiting.stream(), quick.stream()).toList(), true);
            run.retryUnsettled();
            run.confirmSuspects();
            launch(run, chosen.stream().filter(RuleInfo::hostile).toList(), false);
            run.confirmSuspects();
            var results = chosen.stream()
                    .flatMap(rule -> run.revisions(rule).stream().map(revision -> run.result(rule, revision)
                            .orElseGet(() -> run.undecided(rule, revision, Verdict.ERROR,
                                    "the rule was selected, but JUnit did not run it", started))))
                    .toList();
            return new RunResult(target, startedAt, started, Duration.ofNanos(System.nanoTime() - started), survey,
                    results);
        }
    }

    /** A survey has no more than a moment left once the run is cancelled. */
    private Survey survey(Transport transport) {
        var survey = CompletableFuture.supplyAsync(() -> Survey.of(target, transport, revisions), Survey::start);
        try {
            CompletableFuture.anyOf(survey, cancelled.thenCompose(why ->
                    new CompletableFuture<>().completeOnTimeout(why, LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS))).join();
            if (!survey.isDone()) {
                throw new Unjudgeable("it was not found out what the server speaks, since the run ended before: "
                        + cancelled.join() + ".");
            }
            return survey.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /**
     * Runs the rules within a test of the caller's own: each rule and revision becomes a dynamic test, for a
     * {@code @TestFactory}. A FAIL fails, a WARN is skipped with its message, as is what could not be judged.
     *
     * @throws Unjudgeable if the server cannot be judged at all
     */
    public Stream<DynamicNode> asTests() {
        return DynamicTests.of(run());
    }

    private static void launch(Run run, List<RuleInfo> rules, boolean sideBySide) {
        if (rules.isEmpty()) {
            return;
        }
        var key = run.register();
        try {
            var request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(rules.stream()
                            .map(r -> DiscoverySelectors.selectMethod(r.method().getDeclaringClass(), r.method()))
                            .toList())
                    .filters(EngineFilter.includeEngines("junit-jupiter"))
                    .configurationParameter(Run.KEY, key)
                    .configurationParameter("junit.jupiter.execution.parallel.enabled", String.valueOf(sideBySide))
                    .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                    .configurationParameter("junit.jupiter.execution.parallel.config.executor-service",
                            "worker_thread_pool")
                    .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                    .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism",
                            String.valueOf(THREADS))
                    .build();
            // Nothing of the user's own JUnit set-up may join in: the suite may itself run inside a test.
            LauncherFactory.create(LauncherConfig.builder()
                    .enableTestExecutionListenerAutoRegistration(false)
                    .enableLauncherSessionListenerAutoRegistration(false)
                    .enableLauncherDiscoveryListenerAutoRegistration(false)
                    .enablePostDiscoveryFilterAutoRegistration(false)
                    .build())
                    .execute(request);
        } finally {
            Run.unregister(key);
        }
    }
}
