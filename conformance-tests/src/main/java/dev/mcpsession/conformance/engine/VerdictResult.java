package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.run.RuleResult;
import org.junit.platform.engine.TestExecutionResult;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Verdicts as results of tests: a FAIL fails, an ERROR too; a WARN is aborted with its message, since it fails no
 * run, as is a rule that could not be judged.
 */
final class VerdictResult {
    private VerdictResult() {}

    static TestExecutionResult of(RuleResult result) {
        try {
            check(result);
            return TestExecutionResult.successful();
        } catch (TestAbortedException e) {
            return TestExecutionResult.aborted(e);
        } catch (AssertionFailedError | IllegalStateException e) {
            return TestExecutionResult.failed(e);
        }
    }

    /** Throws what a test throws whose outcome is that of the verdict. */
    static void check(RuleResult result) {
        switch (result.verdict()) {
            case PASS -> {}
            case FAIL ->
                throw quiet(new AssertionFailedError(
                        result.judged() + ": " + result.rule().title() + ": " + result.summary()));
            case ERROR -> throw quiet(new IllegalStateException(result.judged() + ": " + result.summary()));
            default -> throw quiet(new TestAbortedException(result.verdict() + ": " + result.summary()));
        }
    }

    /** The frames would be those of the engine, which say nothing. */
    private static <T extends Throwable> T quiet(T throwable) {
        throwable.setStackTrace(new StackTraceElement[0]);
        return throwable;
    }
}
