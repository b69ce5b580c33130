package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Judges the right client by all rules again and again: see {@code conformance-runner/src/load/client-under-load}.
 * Prints a line for each run, and what was neither PASS nor about what a client does not show.
 */
final class ClientLoad {
    private static final Set<Verdict> FINE = EnumSet.of(Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE);
    private static final Set<Verdict> ACCUSATIONS = EnumSet.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR);

    private final Map<Verdict, Integer> total = new EnumMap<>(Verdict.class);

    private ClientLoad() {}

    /** @param arguments how many runs, and how many of them at a time */
    public static void main(String[] arguments) throws Exception {
        int runs = Integer.parseInt(arguments[0]);
        var threads = Executors.newFixedThreadPool(Integer.parseInt(arguments[1]));
        var load = new ClientLoad();
        var all = IntStream.rangeClosed(1, runs)
                .<Future<?>>mapToObj(number -> threads.submit(() -> load.judge(number)))
                .toList();
        for (var run : all) {
            run.get();
        }
        threads.shutdown();
        int accusations = ACCUSATIONS.stream().mapToInt(load::count).sum();
        System.out.printf("%d runs: %s; %d accusations%n", runs, load.total, accusations);
        System.exit(accusations == 0 && load.count(Verdict.PASS) > 0 ? 0 : 1);
    }

    private int count(Verdict verdict) {
        return total.getOrDefault(verdict, 0);
    }

    private void judge(int number) {
        long began = System.nanoTime();
        var counts = new EnumMap<Verdict, Integer>(Verdict.class);
        var odd = new StringBuilder();
        List<RuleResult> results;
        try {
            results = ClientSuite.of(new ToyClient()).run().results();
        } catch (UnjudgeableException e) {
            // Where a client gets no time at all, it is not accused either.
            System.out.printf("%d: not judged: %s%n", number, e.getMessage());
            return;
        }
        for (var result : results) {
            counts.merge(result.verdict(), 1, Integer::sum);
            if (!FINE.contains(result.verdict())) {
                odd.append("  %s %s [%s] %s%n"
                        .formatted(result.verdict(), result.rule().id(), result.revision(), result.summary()));
            }
        }
        synchronized (this) {
            counts.forEach((verdict, count) -> total.merge(verdict, count, Integer::sum));
            System.out.printf(
                    "%d: %d s  %s%n%s",
                    number, Duration.ofNanos(System.nanoTime() - began).toSeconds(), counts, odd);
        }
    }
}
