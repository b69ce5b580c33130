package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.util.List;
import java.util.Optional;

/**
 * The verdict on one rule in one revision, and what it rests on.
 *
 * @param summary why, in one sentence; empty for a plain PASS
 * @param expectation what should have come, where the rule is broken
 * @param observation what came instead, where the rule is broken
 * @param evidence the exchange that shows it, where there is one
 * @param notes what the rule tells beside its verdict
 * @param transcript everything that the rule sent and received, in the attempt that was decisive
 * @param startedAt on the clock of {@link System#nanoTime()}
 * @param took nanoseconds
 */
public record RuleResult(
        RuleInfo rule,
        Revision revision,
        Verdict verdict,
        String summary,
        Optional<String> expectation,
        Optional<String> observation,
        Optional<Exchange> evidence,
        List<String> notes,
        Transcript transcript,
        long startedAt,
        long took) {

    public Level level() {
        return rule.level(revision);
    }
}
