package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.http.Curl;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.target.Target;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Verdicts as results of tests: a FAIL fails, an ERROR too; a WARN is aborted with its message, since it fails no
 * run, as is a rule that could not be judged.
 */
final class VerdictResult {
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
