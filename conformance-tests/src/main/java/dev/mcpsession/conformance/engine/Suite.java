package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.Execution;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunRequest;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.target.Target;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicNode;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The rules of a catalogue, run against a server by the JUnit Platform. */
public final class Suite {
    private final Target target;
    private @Nullable Catalogue catalogue;
    private Set<Revision> revisions = EnumSet.allOf(Revision.class);
    private Predicate<RuleInfo> selection;
    private RunListener listener = new RunListener() {};
    private FaultInjection faultInjection = FaultInjection.NONE;
    private @Nullable String cancelled;
    private @Nullable Execution current;

    private Suite(Target target) {
        this.target = target;
        // Most servers run as one node, and then twenty rules that say so would only be in the way.
        selection = rule -> target.hasNodes() || !rule.requires().contains(Requires.NODES);
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

    /**
     * Runs only the rules that the predicate accepts; by default all, but those about several nodes only where the
     * target has them.
     */
    public Suite select(Predicate<RuleInfo> selection) {
        this.selection = selection;
        return this;
    }

    public Suite listener(RunListener listener) {
        this.listener = listener;
        return this;
    }

    /** For tests: holds exchanges up, as a slow machine does. */
    public Suite faultInjection(FaultInjection faultInjection) {
        this.faultInjection = faultInjection;
        return this;
    }

    /**
     * Ends the run soon, from any thread: rules in progress are interrupted and clean up, and they and the others are
     * NOT_RUN. Verdicts that were reached before stay. A run that has not begun yet ends as soon as it begins.
     *
     * @param why to follow "the run ended before:", such as "it was interrupted"
     */
    public synchronized void cancel(String why) {
        cancelled = why;
        if (current != null) {
            current.cancel(why);
        }
    }

    /**
     * Surveys the server and runs the rules.
     *
     * @throws UnjudgeableException if the server cannot be judged at all, or the run is cancelled before it is known
     *     which revisions the server speaks
     */
    public RunResult run() {
        var all = catalogue == null ? Catalogue.load(Thread.currentThread().getContextClassLoader()) : catalogue;
        var engine = new ConformanceEngine(
                new RunRequest(
                        target, all.rules().stream().filter(selection).toList(), revisions, listener, faultInjection),
                this::begin);
        // Nothing of the user's own JUnit set-up may join in: the suite may itself run inside a test.
        var launcher = LauncherFactory.create(LauncherConfig.builder()
                .enableTestEngineAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .addTestEngines(engine)
                .build());
        launcher.execute(LauncherDiscoveryRequestBuilder.request()
                .enableImplicitConfigurationParameters(false)
                .build());
        return engine.result();
    }

    private synchronized void begin(Execution execution) {
        current = execution;
        if (cancelled != null) {
            execution.cancel(cancelled);
        }
    }

    /**
     * Runs the rules within a test of the caller's own: each rule and revision becomes a dynamic test of JUnit Jupiter,
     * for a {@code @TestFactory}. A FAIL fails; a WARN is skipped with its message, as is a rule that could not be
     * judged.
     *
     * @throws UnjudgeableException if the server cannot be judged at all, or no rule was judged
     */
    public Stream<DynamicNode> asTests() {
        var run = run();
        return JupiterTests.of(run.results(), Optional.of(run.target()));
    }
}
