package dev.mcpsession.server.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The rows about the session manager by itself. */
final class SessionRows {

    private SessionRows() {}

    static List<Figure> touch(int rounds) throws RunnerException {
        var results = new Runner(new OptionsBuilder()
                        .include(TouchBenchmark.class.getName())
                        .forks(rounds)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(3)
                        .measurementTime(TimeValue.seconds(1))
                        .jvmArgs(Jvm.FLAGS.toArray(new String[0]))
                        .addProfiler(GCProfiler.class)
                        .addProfiler(ProcessorTime.class)
                        .build())
                .run();
        var few = forks(results, "busySessions", "1000", BenchmarkResult::getPrimaryResult);
        var many = forks(results, "busySessions", "1000000", BenchmarkResult::getPrimaryResult);
        var all = forks(results, "allSessions", "1000000", BenchmarkResult::getPrimaryResult);
        double slower = many.median() / few.median();
        return List.of(
                Figure.below(100, "ns", "touch, 1,000 sessions", few, "%.0f"),
                Figure.below(100, "ns", "touch, 1,000 busy ones of 1,000,000 sessions", many, "%.0f"),
                new Figure("the one by the other", "at most 2", String.format("%.2f", slower), slower <= 2),
                // The harness's own allocations are counted too, and shared out between millions of touches.
                Figure.below(
                        1,
                        "bytes",
                        "allocated by a touch",
                        forks(results, "busySessions", "1000", secondary("gc.alloc.rate.norm")),
                        "%.3f"),
                Figure.info(
                        "touch, 1,000 sessions, time of the processors",
                        forks(results, "busySessions", "1000", secondary(ProcessorTime.NAME)),
                        "%.0f",
                        "ns"),
                Figure.info(
                        "touch, 1,000 of 1,000,000, time of the processors",
                        forks(results, "busySessions", "1000000", secondary(ProcessorTime.NAME)),
                        "%.0f",
                        "ns"),
                Figure.info("touch, 1,000,000 sessions in turn", all, "%.0f", "ns"));
    }

    private static Function<BenchmarkResult, Result<?>> secondary(String name) {
        return fork -> fork.getSecondaryResults().get(name);
    }

    private static Samples forks(
            Iterable<RunResult> results, String method, String sessions, Function<BenchmarkResult, Result<?>> figure) {
        var samples = new Samples();
        for (var result : results) {
            var run = result.getParams();
            if (run.getBenchmark().endsWith(method) && run.getParam("sessions").equals(sessions)) {
                result.getBenchmarkResults()
                        .forEach(fork -> samples.add(figure.apply(fork).getScore()));
            }
        }
        return samples;
    }

    static List<Figure> memory(int rounds) throws IOException, InterruptedException {
        var bytes = new Samples();
        for (int round = 0; round < rounds; round++) {
            bytes.add(Jvm.run(IdleMemory.class).get("bytes"));
        }
        return List.of(Figure.below(300, "bytes", "memory of an idle session, 1,000,000 of them", bytes, "%.0f"));
    }

    static List<Figure> massExpiry(int rounds) throws IOException, InterruptedException {
        var spread = new Samples();
        var earliest = new Samples();
        var latest = new Samples();
        var touches = new Samples();
        for (int round = 0; round < rounds; round++) {
            var figures = Jvm.run(MassExpiry.class);
            spread.add(figures.get("spreadMillis"));
            earliest.add(figures.get("earliestMillis"));
            latest.add(figures.get("latestMillis"));
            touches.add(figures.get("touchesMeanwhile"));
        }
        return List.of(
                Figure.info("1,000,000 sessions expire within", spread, "%.0f", "ms"),
                Figure.below(1_000, "ms", "the last of them is gone after its deadline by", latest, "%.0f"),
                never(earliest, "the first of them is gone after its deadline by"),
                Figure.ratio(0.5, "touches meanwhile, compared to before", touches));
    }

    static List<Figure> steadyExpiry(int rounds, int timeoutSeconds) throws IOException, InterruptedException {
        var earliest = new Samples();
        var median = new Samples();
        var late = new Samples();
        for (int round = 0; round < rounds; round++) {
            Map<String, Double> figures = Jvm.run(SteadyExpiry.class, String.valueOf(timeoutSeconds));
            earliest.add(figures.get("earliestMillis"));
            median.add(figures.get("medianMillis"));
            late.add(figures.get("percentile99Millis"));
        }
        var what = "10,000 expiries/s, idle timeout " + timeoutSeconds + " s: ";
        return List.of(
                Figure.below(5, "ms", what + "median lateness", median, "%.2f"),
                Figure.below(25, "ms", what + "99th percentile", late, "%.2f"),
                never(earliest, what + "the earliest"));
    }

    /** Even the least of all rounds counts. */
    private static Figure never(Samples earliest, String what) {
        return new Figure(what, "never early", earliest.text("%.3f") + " ms", earliest.least() >= 0);
    }
}
