package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.util.ArrayList;
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
 * @param cause the id of the broken rule that explains why this one seems broken, if there is one; then the verdict is
 *     no violation
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
        Optional<String> cause,
        Transcript transcript,
        long startedAt,
        long took) {

    /** The result of a rule that said nothing about the server. */
    static RuleResult undecided(RuleCase judged, Verdict verdict, String why, long started) {
        return new RuleResult(
                judged.rule(),
                judged.revision(),
                verdict,
                why,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                new Transcript(),
                started,
                System.nanoTime() - started);
    }

    public Level level() {
        return rule.level(revision);
    }

    /** The rule and the revision. */
    public RuleCase judged() {
        return new RuleCase(rule, revision);
    }

    RuleResult withNote(String note) {
        var more = new ArrayList<>(notes);
        more.add(note);
        return with(verdict, summary, List.copyOf(more), cause);
    }

    RuleResult inconclusive(String why) {
        return with(Verdict.INCONCLUSIVE, why, notes, cause);
    }

    /** This result, no violation of its own, since a broken prerequisite explains it. */
    RuleResult causedBy(String prerequisite) {
        return with(
                Verdict.NOT_TESTABLE,
                "not counted, since " + prerequisite + " is broken too, and explains it: " + summary,
                notes,
                Optional.of(prerequisite));
    }

    /** The same result, apart from these. */
    private RuleResult with(
            Verdict otherVerdict, String otherSummary, List<String> otherNotes, Optional<String> otherCause) {
        return new RuleResult(
                rule,
                revision,
                otherVerdict,
                otherSummary,
                expectation,
                observation,
                evidence,
                otherNotes,
                otherCause,
                transcript,
                startedAt,
                took);
    }
}
