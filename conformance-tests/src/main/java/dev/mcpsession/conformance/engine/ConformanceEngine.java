package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.run.Execution;
import dev.mcpsession.conformance.run.RunRequest;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.EngineDiscoveryRequest;
import org.junit.platform.engine.EngineExecutionListener;
import org.junit.platform.engine.ExecutionRequest;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestEngine;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;

/**
 * The test engine that runs the rules: a test for each rule and revision, under its rule and area.
 *
 * <p>The JUnit Platform finds it by {@link java.util.ServiceLoader}. It has no tests unless the configuration parameter
 * {@value EngineParameters#TARGET} names a server; then it has all that {@link EngineParameters} choose, whatever
 * classes a build tool selects; the engine fails if none of them was judged. {@link Suite} is the way to run it from a
 * program.
 */
public final class ConformanceEngine implements TestEngine {
    /** The id of the engine, such as for {@code EngineFilter.includeEngines}. */
    public static final String ID = "mcp-session-conformance";

    private final @Nullable RunRequest given;
    private final Consumer<Execution> onBegin;
    private @Nullable EngineParameters parameters;
    private boolean whole;
    private @Nullable RunResult result;
    private @Nullable Throwable failure;

    /** An engine that reads its target from configuration parameters. */
    public ConformanceEngine() {
        this(null, execution -> {});
    }

    /**
     * @param given the run to make, whatever the discovery selects; null to read it from configuration parameters
     * @param onBegin told of the execution before it begins
     */
    ConformanceEngine(@Nullable RunRequest given, Consumer<Execution> onBegin) {
        this.given = given;
        this.onBegin = onBegin;
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public TestDescriptor discover(EngineDiscoveryRequest request, UniqueId uniqueId) {
        if (given != null) {
            return new RunDescriptor(uniqueId, given.target().name(), given.rules(), given.revisions());
        }
        parameters = EngineParameters.of(request.getConfigurationParameters()).orElse(null);
        var selected = EngineParameters.selected(request, uniqueId);
        whole = selected.isEmpty();
        return parameters == null
                ? new RunDescriptor(uniqueId)
                : new RunDescriptor(uniqueId, parameters.target(), parameters.rules(), parameters.revisions())
                        .only(selected);
    }

    @Override
    public void execute(ExecutionRequest request) {
        var root = (RunDescriptor) request.getRootTestDescriptor();
        var junit = request.getEngineExecutionListener();
        junit.executionStarted(root);
        var outcome = TestExecutionResult.successful();
        if (given != null || !root.tests().isEmpty()) {
            try {
                result = execute(root, junit);
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (RuntimeException | Error e) {
                // Also an assertion of a listener: JUnit would keep an error for itself, and the caller get nothing.
                failure = e;
                outcome = TestExecutionResult.failed(e);
            }
        }
        junit.executionFinished(root, outcome);
    }

    private EngineRun started(RunDescriptor root) {
        var told = Objects.requireNonNull(parameters, "Without parameters nothing is discovered");
        return told.start(root.rules(), told.revisions());
    }

    private RunResult execute(RunDescriptor root, EngineExecutionListener junit) {
        var run = given == null ? started(root) : new EngineRun(given, () -> {});
        try (var resource = run.resource()) {
            var request = run.request();
            var reporter = new VerdictReporter(root, junit, request.listener(), request.target());
            var execution = new Execution(new RunRequest(
                    request.target(), request.rules(), request.revisions(), reporter, request.faultInjection()));
            onBegin.accept(execution);
            var made = execution.execute();
            reporter.finish(made.survey());
            if (given == null && whole) {
                VerdictResult.mustJudge(made.results());
            }
            return made;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the target could not be closed: " + e, e);
        }
    }

    /**
     * The result of the run that this engine has made.
     *
     * @throws UnjudgeableException if the server could not be judged
     */
    RunResult result() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        if (result == null) {
            throw new IllegalStateException("no run was made: see the log of JUnit");
        }
        return result;
    }
}
