package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Silence;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The results of a run.
 *
 * @param startedAt the moment of the start by the calendar
 * @param startedNanos the same moment on the clock of {@link System#nanoTime()}, which the exchanges use
 * @param results in the order of the catalogue, and of the revisions within each rule
 * @param silence since when the server has answered nothing, where many requests were sent since
 */
public record RunResult(
        Target target,
        Instant startedAt,
        long startedNanos,
        Duration took,
        Survey survey,
        List<RuleResult> results,
        Optional<Silence> silence) {

    public long count(Verdict verdict) {
        return results.stream().filter(r -> r.verdict() == verdict).count();
    }
}
