package dev.mcpsession.server.store;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.execution.HBClock;
import org.jetbrains.kotlinx.lincheck.execution.ResultWithClock;
import org.jetbrains.kotlinx.lincheck.util.LincheckResult;
import org.jetbrains.kotlinx.lincheck.util.ValueResult;
import org.jetbrains.kotlinx.lincheck.util.VoidResult;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.LinearizabilityVerifier;
import org.jetbrains.lincheck.jvm.agent.InstrumentationStrategy;
import org.jetbrains.lincheck.jvm.agent.LincheckInstrumentation;

/**
 * The operations on one session, by whom, and when. Lincheck's verifier says whether one order of them, which respects
 * time, is an execution of {@link SharedSessionSpec}: it takes for each operation how many operations of each other
 * thread had ended before it began.
 */
final class History {

    static final long NEVER = Long.MAX_VALUE;

    static {
        // The verifier needs what Lincheck adds to the virtual machine for its first run.
        new StressOptions()
                .iterations(1)
                .invocationsPerIteration(1)
                .threads(1)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .check(FirstRun.class);
    }

    /** Something to run once. */
    public static final class FirstRun {

        @Operation
        public int nothing() {
            return 0;
        }
    }

    /** @param result null if there is none */
    record Step(int thread, String operation, Boolean result, long begun, long ended) {}

    private final List<Step> steps = new ArrayList<>();

    synchronized void add(int thread, String operation, Boolean result, long begun, long ended) {
        steps.add(new Step(thread, operation, result, begun, ended));
    }

    synchronized List<Step> steps() {
        return List.copyOf(steps);
    }

    /**
     * A termination that was not answered has happened, at any time since, or has not: one of the two must be right.
     */
    boolean isLinearizable() throws ReflectiveOperationException {
        return isLinearizable(steps());
    }

    private static boolean isLinearizable(List<Step> steps) throws ReflectiveOperationException {
        for (var step : steps) {
            if (step.operation.equals("terminateUnheard") && step.thread >= 0) {
                var without = new ArrayList<>(steps);
                without.remove(step);
                // A thread of its own, since nothing waits for it.
                var with = new ArrayList<>(without);
                with.add(new Step(-1 - steps.indexOf(step), step.operation, null, step.begun, NEVER));
                return isLinearizable(without) || isLinearizable(with);
            }
        }
        return verify(steps);
    }

    private static boolean verify(List<Step> steps) throws ReflectiveOperationException {
        var threads = steps.stream().map(Step::thread).distinct().sorted().toList();
        var byThread = threads.stream()
                .map(thread -> steps.stream()
                        .filter(step -> step.thread == thread)
                        .sorted((a, b) -> Long.compare(a.begun, b.begun))
                        .toList())
                .toList();
        var actors = new ArrayList<List<Actor>>();
        var results = new ArrayList<List<ResultWithClock>>();
        for (int thread = 0; thread < byThread.size(); thread++) {
            var itsActors = new ArrayList<Actor>();
            var itsResults = new ArrayList<ResultWithClock>();
            for (int i = 0; i < byThread.get(thread).size(); i++) {
                var step = byThread.get(thread).get(i);
                var clock = new int[byThread.size()];
                for (int other = 0; other < clock.length; other++) {
                    clock[other] = other == thread
                            ? i
                            : (int) byThread.get(other).stream()
                                    .filter(before -> before.ended < step.begun)
                                    .count();
                }
                itsActors.add(new Actor(SharedSessionSpec.class.getMethod(step.operation), List.of()));
                LincheckResult result = step.result == null ? VoidResult.INSTANCE : new ValueResult(step.result);
                itsResults.add(new ResultWithClock(result, new HBClock(clock)));
            }
            actors.add(itsActors);
            results.add(itsResults);
        }
        return verify(
                new ExecutionScenario(List.of(), actors, List.of(), null),
                new ExecutionResult(List.of(), results, List.of()));
    }

    /**
     * The verifier by itself: it expects that Lincheck has prepared for a run in which it switches between threads.
     * Nothing of this history has to be instrumented, and with the eager strategy the verifier takes that for done.
     */
    private static synchronized boolean verify(ExecutionScenario scenario, ExecutionResult result)
            throws ReflectiveOperationException {
        var strategy = LincheckInstrumentation.class.getDeclaredField("instrumentationStrategy");
        strategy.setAccessible(true);
        var before = strategy.get(null);
        strategy.set(null, InstrumentationStrategy.EAGER);
        try {
            return new LinearizabilityVerifier(SharedSessionSpec.class).verifyResults(scenario, result);
        } finally {
            strategy.set(null, before);
        }
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        steps().stream()
                .sorted((a, b) -> Long.compare(a.begun, b.begun))
                .forEach(step -> text.append(step).append('\n'));
        return text.toString();
    }
}
