package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a whole run found.
 *
 * @param startedAt the moment of the start by the calendar
 * @param startedNanos the same moment on the clock of {@link System#nanoTime()}, which the exchanges use
 * @param results in the order of the catalogue, and of the revisions within each rule
 */
public record RunResult(
        Target target,
        Instant startedAt,
        long startedNanos,
        Duration took,
        Survey survey,
        List<RuleResult> results) {

    /** So many requests without an answer are no accident. */
    private static final int MANY = 10;

    /** An answer that has not come within this is late. */
    private static final Duration LONG = Duration.ofSeconds(1);

    /**
     * What came after the server's last answer.
     *
     * @param since when that answer came, after the start of the run
     * @param requests how many requests were sent later
     */
    public record Silence(Duration since, long requests) {}

    /** Since when the server has answered nothing, where many requests were sent after its last answer. */
    public Optional<Silence> silence() {
        var exchanges = results.stream().flatMap(r -> r.transcript().entries().stream()).map(Transcript.Entry::exchange)
                .filter(e -> e.uri().equals(target.uri())).toList();
        long last = exchanges.stream().filter(Exchange::answered).mapToLong(e -> e.headAt() - startedNanos).max().orElse(0);
        // What a run that is interrupted breaks off itself does not count.
        long later = exchanges.stream().filter(e -> e.sentAt() - startedNanos > last)
                .filter(e -> e.failure().isPresent() || e.endAt() - e.sentAt() > LONG.toNanos()).count();
        return later < MANY ? Optional.empty() : Optional.of(new Silence(Duration.ofNanos(last), later));
    }

    public long count(Verdict verdict) {
        return results.stream().filter(r -> r.verdict() == verdict).count();
    }

    /** The exit status of a run with this result; see the README. */
    public int exitStatus() {
        if (results.isEmpty()) {
            return 4;
        }
        if (count(Verdict.FAIL) > 0) {
            return 1;
        }
        if (count(Verdict.ERROR) + count(Verdict.INCONCLUSIVE) + count(Verdict.NOT_RUN) > 0) {
            return 3;
        }
        return 0;
    }
}
