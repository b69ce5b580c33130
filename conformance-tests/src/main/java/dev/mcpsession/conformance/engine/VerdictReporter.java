package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleCase;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.junit.platform.engine.EngineExecutionListener;
import org.junit.platform.engine.TestExecutionResult;

/** Reports verdicts to the JUnit Platform as they come, and passes everything on to the listener of the run. */
final class VerdictReporter implements RunListener {
    private final RunDescriptor root;
    private final EngineExecutionListener junit;
    private final RunListener next;
    private final Target target;
    private final Set<RuleCase> begun = new HashSet<>();
    private final Set<RuleCase> done = new HashSet<>();

    VerdictReporter(RunDescriptor root, EngineExecutionListener junit, RunListener next, Target target) {
        this.root = root;
        this.junit = junit;
        this.next = next;
        this.target = target;
    }

    @Override
    public void surveyed(Survey survey, int expected) {
        begin();
        next.surveyed(survey, expected);
    }

    /** Starts the containers: JUnit wants to know of them before their tests. */
    void begin() {
        root.containers().forEach(junit::executionStarted);
    }

    @Override
    public void started(RuleInfo rule, Revision revision) {
        begin(new RuleCase(rule, revision));
        next.started(rule, revision);
    }

    private synchronized void begin(RuleCase judged) {
        if (begun.add(judged) && root.tests().containsKey(judged)) {
            junit.executionStarted(root.tests().get(judged));
        }
    }

    @Override
    public void waiting(RuleInfo rule, Revision revision, String why, Duration span) {
        next.waiting(rule, revision, why, span);
    }

    @Override
    public void exchanging(RuleInfo rule, Revision revision, Transcript.Entry entry) {
        next.exchanging(rule, revision, entry);
    }

    @Override
    public void confirming(RuleInfo rule, Revision revision) {
        next.confirming(rule, revision);
    }

    @Override
    public void finished(RuleResult result) {
        begin(result.judged());
        synchronized (this) {
            if (done.add(result.judged()) && root.tests().containsKey(result.judged())) {
                junit.executionFinished(root.tests().get(result.judged()), VerdictResult.of(result, target));
            }
        }
        next.finished(result);
    }

    /** Reports the tests that had no turn as skipped, and ends the containers. */
    void finish(Survey survey) {
        root.tests().forEach((judged, test) -> {
            if (!begun.contains(judged)) {
                var unspoken = survey.unspoken().get(judged.revision());
                junit.executionSkipped(
                        test,
                        unspoken == null
                                ? "the rule is judged in one revision only"
                                : "the server does not speak " + judged.revision() + ": " + unspoken);
            }
        });
        var containers = root.containers();
        Collections.reverse(containers);
        containers.forEach(container -> junit.executionFinished(container, TestExecutionResult.successful()));
    }
}
