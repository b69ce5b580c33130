package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestPlan;
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
    private FaultInjection faultInjection = FaultInjection.NONE;
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
    public Suite faultInjection(FaultInjection faultInjection) {
        this.faultInjection = faultInjection;
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
     * @throws UnjudgeableException if the server cannot be judged at all, or the run is ended before it is known what the server
     *     speaks
     */
    public RunResult run() {
        var startedAt = Instant.now();
        long started = System.nanoTime();
        var all = catalogue == null ? Catalogue.load(Thread.currentThread().getContextClassLoader()) : catalogue;
        var selected = all.rules().stream().filter(selection).toList();
        try (var transport = new Transport(target, faultInjection)) {
            // JUnit takes a while to find the rules; the survey mostly waits for the server.
            var waiting = Part.find(selected.stream().filter(r -> r.waits() && !r.disruptive()).toList(), true);
            var quick = Part.find(selected.stream().filter(r -> !r.waits() && !r.disruptive()).toList(), true);
            var rested = Part.find(selected.stream().filter(r -> r.waits() && r.disruptive()).toList(), false);
            var disruptive = Part.find(selected.stream().filter(r -> !r.waits() && r.disruptive()).toList(), false);
            var survey = survey(transport);
            var run = new Run(target, transport, survey, listener);
            current = run;
            if (cancelled.isDone()) {
                run.cancel(cancelled.join());
            }
            var chosen = selected.stream().filter(r -> !run.revisions(r).isEmpty()).toList();
            listener.surveyed(survey, judgements(run, chosen));
            var begun = waiting.start(run);
            int patient = judgements(run, waiting.rules());
            begun.whenComplete((nothing, failure) -> run.reached(patient));
            run.awaitReached(patient);
            quick.start(run).join();
            begun.join();
            run.retryUnsettled();
            run.confirmSuspects();
            rested.start(run).join();
            disruptive.start(run).join();
            run.confirmSuspects();
            var results = chosen.stream()
                    .flatMap(rule -> run.revisions(rule).stream().map(revision -> run.result(rule, revision)
                            .orElseGet(() -> run.undecided(rule, revision, Verdict.ERROR,
                                    "the rule was selected, but JUnit did not run it", started))))
                    .toList();
            return new RunResult(target, startedAt, started, Duration.ofNanos(System.nanoTime() - started), survey,
                    results, transport.silence());
        }
    }

    private static int judgements(Run run, List<RuleInfo> rules) {
        return rules.stream().mapToInt(r -> run.revisions(r).size()).sum();
    }

    /** A survey has no more than a moment left once the run is cancelled. */
    private Survey survey(Transport transport) {
        var survey = CompletableFuture.supplyAsync(() -> Survey.of(target, transport, revisions), Survey::start);
        try {
            CompletableFuture.anyOf(survey, cancelled.thenCompose(why ->
                    new CompletableFuture<>().completeOnTimeout(why, LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS))).join();
            if (!survey.isDone()) {
                throw new UnjudgeableException("it was not found out what the server speaks, since the run ended before: "
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
     * @throws UnjudgeableException if the server cannot be judged at all
     */
    public Stream<DynamicNode> asTests() {
        return DynamicTests.of(run());
    }

    /** Some of the rules, which JUnit runs together. */
    private record Part(List<RuleInfo> rules, String key, CompletableFuture<Found> found) {

        private record Found(Launcher launcher, TestPlan plan) {}

        /** Begins to look for the rules. */
        static Part find(List<RuleInfo> rules, boolean sideBySide) {
            var key = UUID.randomUUID().toString();
            return new Part(rules, key, rules.isEmpty() ? CompletableFuture.completedFuture(null)
                    : inThread(() -> find(rules, sideBySide, key)));
        }

        private static Found find(List<RuleInfo> rules, boolean sideBySide, String key) {
            // Nothing of the user's own JUnit set-up may join in: the suite may itself run inside a test.
            var request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(rules.stream()
                            .map(r -> DiscoverySelectors.selectMethod(r.method().getDeclaringClass(), r.method()))
                            .toList())
                    .filters(EngineFilter.includeEngines("junit-jupiter"))
                    .enableImplicitConfigurationParameters(false)
                    .configurationParameter(Run.KEY, key)
                    .configurationParameter("junit.jupiter.execution.parallel.enabled", String.valueOf(sideBySide))
                    .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                    .configurationParameter("junit.jupiter.execution.parallel.config.executor-service",
                            "worker_thread_pool")
                    .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                    .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism",
                            String.valueOf(THREADS))
                    .build();
            var launcher = LauncherFactory.create(LauncherConfig.builder()
                    .enableTestExecutionListenerAutoRegistration(false)
                    .enableLauncherSessionListenerAutoRegistration(false)
                    .enableLauncherDiscoveryListenerAutoRegistration(false)
                    .enablePostDiscoveryFilterAutoRegistration(false)
                    .build());
            return new Found(launcher, launcher.discover(request));
        }

        /** Begins to run the rules. */
        CompletableFuture<Void> start(Run run) {
            if (rules.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            return inThread(() -> {
                var rules = found.join();
                run.register(key);
                try {
                    rules.launcher().execute(rules.plan());
                } finally {
                    Run.unregister(key);
                }
                return null;
            });
        }

        private static <T> CompletableFuture<T> inThread(Supplier<T> work) {
            var loader = Thread.currentThread().getContextClassLoader();
            return CompletableFuture.supplyAsync(work, task -> {
                var thread = new Thread(task, "conformance-junit");
                // Where rules of others may be.
                thread.setContextClassLoader(loader);
                thread.setDaemon(true);
                thread.start();
            });
        }
    }
}
