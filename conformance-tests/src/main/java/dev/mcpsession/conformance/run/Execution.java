package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One run against one server, from the survey to the results. It can be cancelled at any time. */
public final class Execution {
    /** A cancelled survey gets so long to end the sessions that it has opened. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

    private final RunRequest request;
    private final CompletableFuture<String> cancelled = new CompletableFuture<>();
    private volatile @Nullable RunEnd end;

    public Execution(RunRequest request) {
        this.request = request;
    }

    /**
     * Ends the run soon, from any thread: rules in progress are interrupted and clean up, and they and the others are
     * NOT_RUN. Verdicts that were reached before stay.
     *
     * @param why to follow "the run ended before:", such as "it was interrupted"
     */
    public void cancel(String why) {
        cancelled.complete(why);
        var running = end;
        if (running != null) {
            running.cancel(cancelled.join());
        }
    }

    /**
     * Surveys the server and judges it by the rules.
     *
     * @throws UnjudgeableException if the server cannot be judged at all, or the run is cancelled before it is known
     *     which revisions the server speaks
     */
    public RunResult execute() {
        var startedAt = Instant.now();
        long started = System.nanoTime();
        try (var transport = new Transport(request.target(), request.faultInjection())) {
            var survey = survey(transport);
            var running = new RunEnd(transport, request.target(), started);
            end = running;
            if (cancelled.isDone()) {
                running.cancel(cancelled.join());
            }
            var context = new RunContext(request.target(), transport, survey, request.listener(), running);
            List<RuleResult> results;
            try (var budget = new RuleBudget(request.target(), running::look)) {
                results = new Run(context, request.rules(), budget).execute();
            }
            return new RunResult(
                    request.target(),
                    startedAt,
                    started,
                    Duration.ofNanos(System.nanoTime() - started),
                    survey,
                    results,
                    transport.silence());
        }
    }

    private Survey survey(Transport transport) {
        var survey = CompletableFuture.supplyAsync(
                () -> Survey.of(request.target(), transport, request.revisions()), Survey::start);
        try {
            CompletableFuture.anyOf(
                            survey,
                            cancelled.thenCompose(why -> new CompletableFuture<>()
                                    .completeOnTimeout(why, LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS)))
                    .join();
            if (!survey.isDone()) {
                throw new UnjudgeableException("it was not found out which revisions the server speaks, since the run"
                        + " ended before: " + cancelled.join() + ".");
            }
            return survey.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
