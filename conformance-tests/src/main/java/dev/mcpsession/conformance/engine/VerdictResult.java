package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.http.Curl;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.target.Target;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Verdicts as results of tests: a FAIL fails, an ERROR too; a WARN is aborted with its message, since it fails no
 * run, as is a rule that could not be judged.
 */
final class VerdictResult {
    private static final Set<Verdict> JUDGED = EnumSet.of(Verdict.PASS, Verdict.FAIL, Verdict.WARN);

    private VerdictResult() {}

    static TestExecutionResult of(RuleResult result, Target target) {
        try {
            check(result, Optional.of(target));
            return TestExecutionResult.successful();
        } catch (TestAbortedException e) {
            return TestExecutionResult.aborted(e);
        } catch (AssertionFailedError | IllegalStateException e) {
            return TestExecutionResult.failed(e);
        }
    }

    /**
     * Throws what a test throws whose outcome is that of the verdict.
     *
     * @param server the server that was judged; empty where it was a client, which no command repeats
     */
    static void check(RuleResult result, Optional<Target> server) {
        switch (result.verdict()) {
            case PASS -> {}
            case FAIL ->
                throw quiet(new AssertionFailedError(result.judged() + ": "
                        + result.rule().title() + ": " + result.summary() + repeat(result, server)
                        + "\n  more: mcp-session-conformance explain "
                        + result.rule().id()));
            case ERROR -> throw quiet(new IllegalStateException(result.judged() + ": " + result.summary()));
            default ->
                throw quiet(
                        new TestAbortedException(result.judged() + ": " + result.verdict() + ": " + result.summary()));
        }
    }

    /**
     * Refuses a run in which nothing was judged: skipped tests alone would pass for success. Rules that only report
     * count where there are no others.
     *
     * @throws UnjudgeableException if no rule was judged
     */
    static void mustJudge(List<RuleResult> results) {
        boolean reportsOnly = results.stream().allMatch(r -> r.level() == Level.INFO);
        boolean judged = results.stream()
                .filter(r -> reportsOnly || r.level() != Level.INFO)
                .anyMatch(r -> JUDGED.contains(r.verdict()));
        if (!judged) {
            throw new UnjudgeableException("nothing was judged: "
                    + (results.isEmpty()
                            ? "no rule was selected"
                            : results.get(0).judged() + ": " + results.get(0).summary()));
        }
    }

    /** How to see it again, on a line of its own. */
    private static String repeat(RuleResult result, Optional<Target> server) {
        return server.flatMap(target -> result.evidence().map(e -> "\n  repeat: " + Curl.of(e, target)))
                .orElse("");
    }

    /** The frames would be those of the engine, which say nothing. */
    private static <T extends Throwable> T quiet(T throwable) {
        throwable.setStackTrace(new StackTraceElement[0]);
        return throwable;
    }
}
