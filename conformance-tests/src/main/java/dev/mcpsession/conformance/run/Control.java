package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.rule.Requires;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The control of a suspicion: as many sessions as the rule needs, with as many requests, which grow as old as those of
 * the rule and are not touched otherwise. Where one of them dies too, the rule is not what ended it: the server may end
 * sessions of a certain age, or any at any time.
 */
final class Control {
    /** A server that ends sessions at random must not pass the controls by luck. */
    private static final int REPEATS = 4;

    /** Controls that last longer than this run side by side, where the server has places for so many sessions. */
    private static final long LONG = Duration.ofMillis(400).toNanos();

    /** A machine too slow for the control says nothing of the server: that is tried again so often. */
    private static final int RETRIES = 2;

    /** The longest time between two requests in a session, where the idle timeout is not known. */
    private static final Duration MAX_STEP = Duration.ofSeconds(1);

    private static final int MIN_REQUESTS = 3;

    /** The shortest and the longest time for which an outage is looked for, in nanoseconds. */
    private static final long MIN_WATCH = Duration.ofSeconds(3).toNanos();

    private static final long MAX_WATCH = Duration.ofSeconds(10).toNanos();

    private static final Duration WATCH_STEP = Duration.ofMillis(25);

    private final RunContext run;
    private final CleanUp cleanUp;

    Control(RunContext run, CleanUp cleanUp) {
        this.run = run;
        this.cleanUp = cleanUp;
    }

    /**
     * Runs the controls of a rule.
     *
     * @param suspected the attempt in which the rule seemed broken
     * @return the reason why the suspicion proves nothing; empty where all sessions lived
     */
    Optional<String> failure(RuleCase judged, Transcript suspected) {
        if (!run.capabilities(judged.revision()).sessions()) {
            return Optional.empty();
        }
        long span = judged.rule().activity() ? 0 : longestLife(suspected);
        int places = Math.max(
                1, run.target().maxSessions() / Math.max(1, judged.rule().sessions()));
        // A rule that may load the server may be about few places.
        boolean alone = judged.rule().requires().contains(Requires.STRESS);
        int atOnce = span < LONG || alone ? 1 : Math.min(REPEATS, places);
        for (int done = 0; done < REPEATS; done += atOnce) {
            var failure = failureOf(judged, suspected, span, atOnce);
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    /**
     * Asks the server for what any client may ask, for as long as an attempt took that saw it overloaded: such a status
     * is about the rule's requests only where no other request gets one.
     *
     * @param took how long the attempt took, in nanoseconds
     * @return what was answered with a status of an overloaded server, if anything was
     */
    Optional<String> outage(RuleCase judged, long took) {
        if (!run.end().enter()) {
            return Optional.empty();
        }
        var client = run.silentClient(judged.revision());
        try {
            long deadline = System.nanoTime() + Math.max(MIN_WATCH, Math.min(took, MAX_WATCH));
            var request = plain(judged, client);
            while (System.nanoTime() < deadline) {
                var reply = Request.complete(request.get().start(), client.patience());
                if (reply.answered() && reply.isOverload()) {
                    return Optional.of(reply.describe() + " was answered " + reply.describeReply());
                }
                client.pause(WATCH_STEP);
            }
            return Optional.empty();
        } catch (Violation | RuleAbortedException e) {
            return Optional.of("it failed: " + e.getMessage());
        } finally {
            run.end().leave();
            cleanUp.after(client);
        }
    }

    private Supplier<Request> plain(RuleCase judged, Client client) {
        if (!judged.revision().isLegacy()) {
            return () -> client.post(client.request("server/discover"));
        }
        if (!run.capabilities(judged.revision()).sessions()) {
            return () -> client.post(client.request("ping"));
        }
        var session = client.open();
        return session::ping;
    }

    private Optional<String> failureOf(RuleCase judged, Transcript suspected, long span, int atOnce) {
        Optional<String> failure = Optional.empty();
        for (int j = 0; j <= RETRIES; j++) {
            try {
                run(judged, suspected, span, atOnce);
                return Optional.empty();
            } catch (Violation e) {
                return Optional.of("failed: " + e.getMessage());
            } catch (RuleAbortedException e) {
                failure = failure.or(() -> Optional.of("failed: " + e.getMessage()));
            }
        }
        return failure;
    }

    private void run(RuleCase judged, Transcript suspected, long span, int atOnce) {
        if (!run.end().enter()) {
            return;
        }
        var client = run.silentClient(judged.revision());
        try {
            keepAlive(client, judged.rule().sessions() * atOnce, mostRequests(suspected), span);
        } finally {
            run.end().leave();
            cleanUp.after(client);
        }
    }

    /** Opens sessions, and checks that each lives for the span, in which it gets as many requests at least. */
    private void keepAlive(Client client, int count, int atLeast, long span) {
        var sessions = client.openTogether(count);
        long maxStep = run.target()
                .idleTimeout()
                .map(t -> t.dividedBy(4))
                .orElse(MAX_STEP)
                .toNanos();
        int requests = (int) Math.max(Math.max(MIN_REQUESTS, atLeast), span / maxStep + 1);
        long started = System.nanoTime();
        for (int i = 1; i <= requests; i++) {
            client.pauseUntil(started + span / requests * i);
            var pings = client.sendAll(sessions.size(), n -> sessions.get(n).ping());
            for (int n = 0; n < sessions.size(); n++) {
                sessions.get(n).mustNotBeGone(pings.get(n), "as a control");
            }
        }
    }

    /** The number of requests in the session that saw most of them. */
    private static int mostRequests(Transcript transcript) {
        // By the header, since a rule may send an id without counting that as activity of the session.
        var perSession = transcript.entries().stream()
                .flatMap(e -> e.exchange().requestHeader(Client.SESSION_HEADER).stream())
                .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
        return perSession.values().stream().mapToInt(Long::intValue).max().orElse(0);
    }

    /** The age that the session that was used longest had reached when its last reply came, in nanoseconds. */
    private static long longestLife(Transcript transcript) {
        return transcript.sessions().stream()
                .mapToLong(s -> {
                    var last = s.lastActivity();
                    return (last.answered() ? last.headAt() : last.sentAt())
                            - s.opening().sentAt();
                })
                .max()
                .orElse(0);
    }
}
