package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.RuleResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The results of a client.
 *
 * @param spoken the revisions that it speaks, as far as it was asked
 * @param unspoken why it was judged in no other
 * @param results in the order of the catalogue, and of the revisions within each rule
 * @param startedNanos the moment that the moments of the results count from
 * @param notes said of the run as a whole
 */
public record ClientRun(
        Set<Revision> spoken,
        Map<Revision, String> unspoken,
        List<RuleResult> results,
        long startedNanos,
        Duration took,
        List<String> notes) {
    public long count(Verdict verdict) {
        return results.stream().filter(r -> r.verdict() == verdict).count();
    }
}
