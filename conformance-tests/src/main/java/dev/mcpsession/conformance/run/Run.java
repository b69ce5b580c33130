package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** One run against one server: judges rules as JUnit reaches them, and keeps the results. */
final class Run {
    /** The configuration parameter by which the JUnit extension finds its run. */
    static final String KEY = "dev.mcpsession.run";

    private static final Map<String, Run> RUNS = new ConcurrentHashMap<>();

    /** How often what is only suspected is tried again, alone. */
    private static final int CONFIRMATIONS = 2;

    /** How many controls there are before each of these. */
    private static final int CONTROLS = 4;

    /** How long a control lets pass between two requests in a session, where the idle timeout is not known. */
    private static final Duration LONGEST_STEP = Duration.ofSeconds(1);

    /** How many requests each session of a control sees at least. */
    private static final int MIN_REQUESTS = 3;

    /** How long to wait, each time, for a server that no longer serves after a disruptive rule. */
    private static final List<Duration> COMING_BACK =
            List.of(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2));

    /** How long before a disruptive rule that waits no session has been opened. */
    private static final Duration REST = Duration.ofMillis(500);

    /** How often a rule that could not decide is tried again, beside fewer others. */
    private static final int RETRIES = 2;

    private final Target target;
    private final Transport transport;
    private final Survey survey;
    private final RunListener listener;
    private final Semaphore sessions;
    /** Rules that do not wait keep the machine busy: too many at once, and sessions expire between two requests. */
    private final Semaphore busy;
    private final Semaphore reached = new Semaphore(0);
    private final Map<RuleInfo, Map<Revision, RuleResult>> results = new ConcurrentHashMap<>();
    private final List<Suspect> suspects = new ArrayList<>();
    private final List<Suspect> unsettled = new ArrayList<>();
    private final AtWork atWork = new AtWork();
    /** Why nothing more is expected of the server, once that is so. */
    private volatile String silent;
    /** When a session was last opened, as far as whoever opened it is done. */
    private final AtomicLong opened = new AtomicLong(System.nanoTime());
    /** Whether a disruptive rule is at work; then no other is. */
    private volatile boolean disruptive;
    /** The revisions in which the server served a new client when last asked, which only disruptive rules do. */
    private final Set<Revision> serving = ConcurrentHashMap.newKeySet();

    Run(Target target, Transport transport, Survey survey, RunListener listener) {
        this.target = target;
        this.transport = transport;
        this.survey = survey;
        this.listener = listener;
        sessions = new Semaphore(mostSessions(), true);
        busy = new Semaphore(fewAtOnce(), true);
    }

    /** The code of a rule. */
    interface Body {
        void run(Client client) throws Throwable;
    }

    private record Suspect(RuleInfo rule, Revision revision, Body body, RuleResult first) {}

    void register(String key) {
        RUNS.put(key, this);
    }

    static void unregister(String key) {
        RUNS.remove(key);
    }

    static Run of(Optional<String> key) {
        return key.map(RUNS::get).orElseThrow(() -> new IllegalStateException(
                "rules are run by dev.mcpsession.conformance.run.Suite, which knows the server to judge"));
    }

    /** The revisions to judge a rule in. */
    List<Revision> revisions(RuleInfo rule) {
        var all = survey.spoken().keySet().stream().filter(rule::holdsIn).toList();
        return rule.once() && !all.isEmpty() ? List.of(all.get(all.size() - 1)) : all;
    }

    /** Ends the run soon: what is at work is interrupted, and what has not begun never does. */
    void cancel(String why) {
        atWork.end(why);
    }

    /**
     * Why no rule may begin any more: the run was ended, or the server has answered nothing for so long that each rule
     * would only wait for nothing in turn.
     */
    private Optional<String> over() {
        if (silent == null) {
            transport.silence().filter(s -> s.isLasting(target.patience())).ifPresent(s -> {
                silent = "the server answered none of the last " + s.requests() + " requests, for " + s.lasts().toSeconds()
                        + " s; where it only takes long, give --patience more time";
                // A disruptive rule, which may be what silenced it, is to see it through.
                if (!disruptive) {
                    atWork.end(silent);
                }
            });
        }
        return atWork.ended().or(() -> Optional.ofNullable(silent));
    }

    private boolean isOver() {
        return over().isPresent();
    }

    private RuleResult notRun(RuleInfo rule, Revision revision, long started) {
        return undecided(rule, revision, Verdict.NOT_RUN, "the run ended before: " + over().orElseThrow(), started);
    }

    Optional<RuleResult> result(RuleInfo rule, Revision revision) {
        return Optional.ofNullable(results.getOrDefault(rule, Map.of()).get(revision));
    }

    /**
     * Waits until JUnit has come to so many judgements: where rules wait for most of their time, others had better begin
     * after them than hold them up.
     */
    void awaitReached(int judgements) {
        try {
            reached.acquire(judgements);
        } catch (InterruptedException e) {
            cancel("it was interrupted");
            Thread.currentThread().interrupt();
        }
    }

    /** Counts judgements that JUnit has come to, or never will. */
    void reached(int judgements) {
        reached.release(judgements);
    }

    /** Judges a rule in a revision, and keeps the result unless it is only suspected. */
    RuleResult judge(RuleInfo rule, Revision revision, Body body) {
        reached(1);
        long started = System.nanoTime();
        if (isOver()) {
            return keep(notRun(rule, revision, started));
        }
        var missing = missing(rule, survey.spoken().get(revision));
        if (missing.isPresent()) {
            return keep(undecided(rule, revision, missing.get().verdict(), missing.get().getMessage(), started));
        }
        int weight = weight(rule);
        int load = rule.waits() ? 0 : 1;
        busy.acquireUninterruptibly(load);
        sessions.acquireUninterruptibly(weight);
        try {
            if (isOver()) {
                return keep(notRun(rule, revision, started));
            }
            listener.started(rule, revision);
            var attempt = attempt(rule, revision, body);
            if (attempt.suspicion()) {
                add(suspects, new Suspect(rule, revision, body, attempt.result()));
                return attempt.result();
            }
            if (rule.disruptive()) {
                // These run alone already.
                for (int i = 0; i < RETRIES && attempt.inconclusive() && !isOver(); i++) {
                    attempt = attempt(rule, revision, body);
                }
                return keep(attempt.result());
            }
            if (attempt.inconclusive()) {
                add(unsettled, new Suspect(rule, revision, body, attempt.result()));
                return attempt.result();
            }
            return keep(attempt.result());
        } finally {
            sessions.release(weight);
            busy.release(load);
        }
    }

    /** How many of the sessions that may be open at once a rule takes. */
    private int weight(RuleInfo rule) {
        return Math.min(rule.sessions(), mostSessions());
    }

    private int mostSessions() {
        return Math.max(1, target.maxSessions());
    }

    private int fewAtOnce() {
        return Math.max(2, target.concurrency() / 4);
    }

    private static void add(List<Suspect> list, Suspect suspect) {
        synchronized (list) {
            list.add(suspect);
        }
    }

    /** Runs what could not decide again, a few rules at a time: a machine that is less busy may bring what proves more. */
    void retryUnsettled() {
        List<Suspect> all;
        synchronized (unsettled) {
            all = List.copyOf(unsettled);
            unsettled.clear();
        }
        var threads = Executors.newFixedThreadPool(fewAtOnce());
        all.forEach(each -> threads.execute(() -> retry(each)));
        threads.shutdown();
        try {
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            cancel("it was interrupted");
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void retry(Suspect unsettled) {
        var result = unsettled.first();
        int weight = weight(unsettled.rule());
        sessions.acquireUninterruptibly(weight);
        try {
            for (int i = 0; i < RETRIES && result.verdict() == Verdict.INCONCLUSIVE && !isOver(); i++) {
                var attempt = attempt(unsettled.rule(), unsettled.revision(), unsettled.body());
                if (attempt.notRun()) {
                    break;
                }
                result = attempt.result();
                if (attempt.suspicion()) {
                    add(suspects, new Suspect(unsettled.rule(), unsettled.revision(), unsettled.body(), result));
                    return;
                }
            }
        } finally {
            sessions.release(weight);
        }
        keep(result);
    }

    /** Runs what is only suspected again, one rule at a time, each beside a control. */
    void confirmSuspects() {
        List<Suspect> all;
        synchronized (suspects) {
            all = List.copyOf(suspects);
            suspects.clear();
        }
        var confirmed = new HashMap<String, Revision>();
        // The newest revision first: what shows there need not be repeated in the others.
        all.stream().sorted((a, b) -> b.revision().compareTo(a.revision())).forEach(suspect -> {
            var elsewhere = confirmed.get(suspect.rule().id());
            if (elsewhere != null) {
                keep(withNote(suspect.first(), "seen once in this revision; confirmed in " + elsewhere));
                return;
            }
            var result = isOver() ? unconfirmed(suspect) : confirm(suspect);
            if (result.verdict().isViolation()) {
                confirmed.put(suspect.rule().id(), suspect.revision());
            }
            keep(result);
        });
    }

    private RuleResult unconfirmed(Suspect suspect) {
        return inconclusive(suspect.first(), "what was seen (" + suspect.first().summary()
                + ") could not be confirmed, since the run ended before: " + over().orElseThrow());
    }

    private RuleResult confirm(Suspect suspect) {
        var rule = suspect.rule();
        var revision = suspect.revision();
        listener.confirming(rule, revision);
        int seen = 0;
        RuleResult last = suspect.first();
        RuleResult clean = null;
        for (int i = 0; i < CONFIRMATIONS; i++) {
            var control = controls(rule, revision, suspect.first().transcript());
            if (isOver()) {
                return unconfirmed(suspect);
            }
            if (control.isPresent()) {
                return inconclusive(suspect.first(), "what was seen (" + suspect.first().summary()
                        + ") may have another cause: the server seems to end sessions of its own accord. As many sessions as"
                        + " the rule needs were opened and not touched otherwise, and one " + control.get());
            }
            var attempt = attempt(rule, revision, suspect.body());
            for (int j = 0; j < RETRIES && attempt.inconclusive(); j++) {
                attempt = attempt(rule, revision, suspect.body());
            }
            if (attempt.notRun()) {
                return unconfirmed(suspect);
            }
            if (attempt.violation()) {
                seen++;
                last = attempt.result();
            } else {
                clean = attempt.result();
            }
        }
        if (seen == CONFIRMATIONS) {
            return withNote(last, "seen every time: once beside other rules, " + CONFIRMATIONS + " times alone");
        }
        if (seen == 0) {
            return withNote(clean, "among other rules, once: " + suspect.first().summary()
                    + "; not when the rule ran alone");
        }
        return inconclusive(last, "seen only sometimes: " + last.summary());
    }

    /** Several controls one after the other: a server that ends sessions at random must not pass them by luck. */
    private Optional<String> controls(RuleInfo rule, Revision revision, Transcript suspected) {
        if (!survey.spoken().get(revision).sessions()) {
            return Optional.empty();
        }
        for (int i = 0; i < CONTROLS; i++) {
            var trouble = new ArrayList<String>();
            // A machine too slow for the control says nothing of the server: that is tried again.
            for (int j = 0; j <= RETRIES; j++) {
                try {
                    control(rule, revision, suspected);
                    break;
                } catch (Violation e) {
                    return Optional.of("failed: " + e.getMessage());
                } catch (RuleAbortedException e) {
                    trouble.add("failed: " + e.getMessage());
                }
            }
            if (trouble.size() > RETRIES) {
                return Optional.of(trouble.get(0));
            }
        }
        return Optional.empty();
    }

    /**
     * Checks that as many sessions live side by side as a rule needs, with as many requests in each and, unless the rule
     * is about time, for as long, when nothing else is done to them.
     *
     * @throws Violation if one does not
     * @throws RuleAbortedException if that cannot be told
     */
    private void control(RuleInfo rule, Revision revision, Transcript suspected) {
        if (!atWork.enter()) {
            return;
        }
        boolean aboutTime = rule.requires().contains(Requires.IDLE_TIMEOUT)
                || rule.requires().contains(Requires.SLOW_TOOL);
        var client = client(null, revision, new Transcript());
        try {
            var sessions = client.openTogether(rule.sessions());
            long span = aboutTime ? 0 : longest(suspected);
            long longestStep = target.idleTimeout().map(t -> t.dividedBy(4)).orElse(LONGEST_STEP).toNanos();
            int requests = (int) Math.max(Math.max(MIN_REQUESTS, mostRequests(suspected)), span / longestStep);
            long started = System.nanoTime();
            for (int i = 1; i <= requests; i++) {
                client.pauseUntil(started + span / requests * i);
                var pings = client.sendAll(sessions.size(), n -> sessions.get(n).ping());
                for (int n = 0; n < sessions.size(); n++) {
                    sessions.get(n).mustBeAlive(pings.get(n), "as a control");
                }
            }
        } finally {
            atWork.leave();
            cleanUp(client);
        }
    }

    /** How many requests the busiest session of a rule has seen. */
    private static int mostRequests(Transcript transcript) {
        // By the header, since a rule may send an id without counting that as activity of the session.
        var perSession = transcript.entries().stream().map(e -> e.exchange().requestHeader(Client.SESSION_HEADER))
                .flatMap(Optional::stream).collect(Collectors.groupingBy(id -> id, Collectors.counting()));
        return perSession.values().stream().mapToInt(Long::intValue).max().orElse(0);
    }

    /** How long the longest session of a rule has been used, in nanoseconds. */
    private static long longest(Transcript transcript) {
        long longest = 0;
        for (var session : transcript.sessions()) {
            longest = Math.max(longest, session.lastActivity().sentAt() - session.opening().sentAt());
        }
        return longest;
    }

    private record Attempt(RuleResult result, boolean violation, boolean suspicion) {
        boolean inconclusive() {
            return result.verdict() == Verdict.INCONCLUSIVE;
        }

        boolean notRun() {
            return result.verdict() == Verdict.NOT_RUN;
        }
    }

    private Attempt attempt(RuleInfo rule, Revision revision, Body body) {
        if (!rule.disruptive()) {
            var attempt = runOnce(rule, revision, body);
            // Others may wait for long still.
            over();
            return attempt;
        }
        disruptive = true;
        try {
            return runDisruptive(rule, revision, body);
        } finally {
            disruptive = false;
        }
    }

    private Attempt runDisruptive(RuleInfo rule, Revision revision, Body body) {
        long started = System.nanoTime();
        var client = client(rule, revision, new Transcript());
        if (rule.waits()) {
            client.pauseUntil(opened.get() + REST.toNanos());
        }
        // Whatever keeps it from serving already is not what the rule is about to send.
        var before = serving.contains(revision) ? new State(Optional.empty(), true, false)
                : look(client, "before anything was sent", false);
        if (before.whole() && before.trouble().isPresent()) {
            return new Attempt(undecided(rule, revision, Verdict.INCONCLUSIVE,
                    "the server does not serve: " + before.trouble().get(), started), false, false);
        }
        var attempt = runOnce(rule, revision, body);
        return attempt.notRun() ? attempt : afterDisruptive(attempt);
    }

    private Attempt runOnce(RuleInfo rule, Revision revision, Body body) {
        long started = System.nanoTime();
        if (!atWork.enter()) {
            return new Attempt(notRun(rule, revision, started), false, false);
        }
        var client = client(rule, revision, new Transcript());
        boolean whole = false;
        Violation violation = null;
        Verdict verdict;
        String summary;
        try {
            body.run(client);
            boolean saw = client.transcript().entries().stream().anyMatch(e -> e.exchange().answered())
                    || client.transcript().launched();
            verdict = saw ? Verdict.PASS : Verdict.INCONCLUSIVE;
            summary = saw ? "" : "the rule saw no reply from the server";
        } catch (Violation e) {
            violation = e;
            verdict = rule.level(revision).whenBroken();
            summary = e.getMessage();
        } catch (RuleAbortedException e) {
            verdict = e.verdict();
            summary = e.getMessage();
        } catch (org.opentest4j.TestAbortedException e) {
            verdict = Verdict.INCONCLUSIVE;
            summary = String.valueOf(e.getMessage());
        } catch (AssertionError e) {
            // A rule of others may use any assertion library.
            violation = new Violation("the rule's assertion to hold", String.valueOf(e.getMessage()), null);
            verdict = rule.level(revision).whenBroken();
            summary = String.valueOf(e.getMessage());
        } catch (Throwable e) {
            verdict = Verdict.ERROR;
            summary = "the rule itself failed: " + e + at(e);
        } finally {
            whole = atWork.leave();
            cleanUp(client);
        }
        if (!whole) {
            violation = null;
            verdict = Verdict.NOT_RUN;
            summary = "the run ended while the rule was at work: " + atWork.ended().orElseThrow();
        } else if (rule.level(revision) != Level.INFO && !rule.disruptive()) {
            var turnedAway = turnedAway(client.transcript(), violation != null);
            if (turnedAway.isPresent() && (verdict == Verdict.PASS || violation != null)) {
                violation = null;
                verdict = Verdict.INCONCLUSIVE;
                summary = "the server was too busy: it answered " + turnedAway.get().describe() + " with "
                        + turnedAway.get().describeReply() + "; see --max-requests-per-second" + (summary.isEmpty() ? "" : "; " + summary);
            }
        }
        var notes = new ArrayList<>(client.transcript().notes());
        var broken = Optional.ofNullable(violation);
        if (violation != null && rule.level(revision) == Level.INFO) {
            notes.add(summary);
            summary = "";
        }
        var result = new RuleResult(rule, revision, verdict, target.mask(summary),
                broken.map(Violation::expectation).map(target::mask),
                broken.map(Violation::observation).map(target::mask),
                broken.map(v -> v.exchange().or(() -> lastAnswered(client))).orElseGet(() -> lastAnswered(client)),
                notes.stream().map(target::mask).toList(), client.transcript(), started, System.nanoTime() - started);
        boolean counts = violation != null && rule.level(revision) != Level.INFO;
        // What was turned away however often it was sent may have met an outage, and what a fault of the connection cut
        // off says little of the server: these have to happen again.
        return new Attempt(result, counts, counts && (violation instanceof Suspicion
                || violation.exchange().filter(e -> e.failure().isPresent()).isPresent()
                || turnedAway(client.transcript(), false).isPresent()));
    }

    /** What the server had no time for, so that nothing can be said of it; with {@code once}, what was asked once only. */
    private static Optional<Exchange> turnedAway(Transcript transcript, boolean once) {
        return transcript.entries().stream().map(Transcript.Entry::exchange)
                .filter(e -> !e.purpose().equals(CLEAN_UP))
                .filter(e -> once ? e.wasTurnedAwayOnce() : e.wasTurnedAway()).findFirst();
    }

    private static String at(Throwable e) {
        return e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
    }

    private static Optional<Exchange> lastAnswered(Client client) {
        var entries = client.transcript().entries();
        for (int i = entries.size() - 1; i >= 0; i--) {
            var exchange = entries.get(i).exchange();
            if (exchange.answered() && !exchange.purpose().equals(CLEAN_UP)) {
                return Optional.of(exchange);
            }
        }
        return Optional.empty();
    }

    private static final String CLEAN_UP = "clean-up";

    /** How long to wait for the ends of sessions when the run has ended before its end, or the server does not answer. */
    private static final Duration CLEAN_UP_WITHIN = Duration.ofSeconds(2);

    /** Leaves nothing of the rule's on the server. */
    private void cleanUp(Client client) {
        var transcript = client.transcript();
        transcript.entries().forEach(e -> e.exchange().close());
        transcript.sessions().forEach(s -> opened.accumulateAndGet(s.opening().sentAt(), Math::max));
        var left = client.capabilities().deleteOffered()
                ? transcript.sessions().stream().filter(s -> !s.isEnded()).toList() : List.<ClientSession>of();
        int done = 0;
        for (boolean answers = true; answers && done < left.size() && !isOver(); ) {
            var some = left.subList(done, Math.min(left.size(), done + fewAtOnce()));
            done += some.size();
            answers = client.sendAll(some.size(), i -> some.get(i).delete().purpose(CLEAN_UP)).stream()
                    .allMatch(Exchange::answered);
        }
        var deletes = left.stream().skip(done).map(s -> s.delete().purpose(CLEAN_UP).start()).toList();
        var within = client.patience().compareTo(CLEAN_UP_WITHIN) < 0 ? client.patience() : CLEAN_UP_WITHIN;
        Request.completeAll(deletes, within);
        for (var resource : transcript.resources()) {
            try {
                resource.close();
            } catch (Exception e) {
                client.note("closing " + resource + " failed: " + e);
            }
        }
    }

    /**
     * Whether the server serves a new client.
     *
     * @param trouble what kept it from doing so
     * @param whole whether the run lasted long enough to tell
     * @param back whether it served again later
     */
    private record State(Optional<String> trouble, boolean whole, boolean back) {}

    /** Looks whether a fresh session opens; a server may end one soon, so one of a few must live. */
    private State look(Client client, String when, boolean wait) {
        Optional<String> trouble = Optional.empty();
        boolean back = false;
        boolean whole = false;
        if (atWork.enter()) {
            try {
                for (int i = 0; i <= RETRIES && (i == 0 || trouble.isPresent()); i++) {
                    trouble = trouble(client, when);
                }
                back = trouble.isPresent() && wait && comesBack(client, when);
            } finally {
                whole = atWork.leave();
                cleanUp(client);
            }
        }
        if (trouble.isEmpty() || back) {
            serving.add(client.revision());
        } else {
            serving.clear();
        }
        return new State(trouble, whole, back);
    }

    /**
     * After a disruptive rule, the server must serve on. One that comes back may have been away for another reason: that is
     * a suspicion.
     */
    private Attempt afterDisruptive(Attempt attempt) {
        var result = attempt.result();
        var client = client(result.rule(), result.revision(), new Transcript());
        var after = look(client, "after what the rule sent", true);
        if (!after.whole()) {
            return new Attempt(notRun(result.rule(), result.revision(), result.startedAt()), false, false);
        }
        if (after.trouble().isEmpty()) {
            return attempt;
        }
        var level = result.rule().level(result.revision()).whenBroken();
        return new Attempt(new RuleResult(result.rule(), result.revision(), level == Verdict.PASS ? Verdict.WARN : level,
                "after what the rule sent, the server no longer serves: " + after.trouble().get()
                        + (after.back() ? "; it came back later" : ""),
                Optional.of("the server to serve on"), after.trouble(), lastAnswered(client),
                result.notes(), result.transcript(), result.startedAt(), result.took()), true, after.back());
    }

    /** Waits for a server that no longer serves; true once it does. */
    private boolean comesBack(Client client, String when) {
        try {
            for (var wait : COMING_BACK) {
                client.pause(wait);
                if (trouble(client, when).isEmpty()) {
                    return true;
                }
            }
        } catch (RuleAbortedException e) {
            // The run has ended.
        }
        return false;
    }

    /** What keeps a new client from being served, if anything does. */
    private Optional<String> trouble(Client client, String when) {
        try {
            if (!client.revision().isLegacy()) {
                client.post(client.request("server/discover")).send().status();
                return Optional.empty();
            }
            var opening = client.post(client.initialize()).send().mustHaveStatus(200, "to initialize");
            if (survey.spoken().get(client.revision()).sessions()) {
                var session = client.opened(opening);
                session.post(Json.notification("notifications/initialized")).send();
                var probe = session.ping().send();
                if (probe.status() != 404 || !session.mayHaveExpiredBefore(probe)) {
                    session.mustBeAlive(probe, when);
                }
            }
            return Optional.empty();
        } catch (Violation | RuleAbortedException e) {
            return Optional.of(e.getMessage());
        }
    }

    private Client client(RuleInfo rule, Revision revision, Transcript transcript) {
        return new Client(target, transport, revision, survey.spoken().get(revision), transcript,
                (why, span) -> {
                    if (rule != null) {
                        listener.waiting(rule, revision, why, span);
                    }
                });
    }

    private Optional<RuleAbortedException> missing(RuleInfo rule, ServerCapabilities capabilities) {
        for (var requirement : Requires.values()) {
            if (rule.requires().contains(requirement) && !has(requirement, capabilities)) {
                var why = requirement == Requires.DELETE
                        ? "the server does not let clients end a session: DELETE is answered " + capabilities.deleteStatus()
                        : requirement.otherwise();
                return Optional.of(switch (requirement) {
                    case SESSIONS, DELETE, GET_STREAM, EVENT_IDS, DUAL_ERA -> RuleAbortedException.notApplicable(why);
                    case IDLE_TIMEOUT, SLOW_TOOL, LAUNCH, SECOND_PRINCIPAL, STRESS -> RuleAbortedException.notTestable(why);
                });
            }
        }
        return Optional.empty();
    }

    private boolean has(Requires requirement, ServerCapabilities capabilities) {
        return switch (requirement) {
            case SESSIONS -> capabilities.sessions();
            case DELETE -> capabilities.deleteOffered();
            case GET_STREAM -> capabilities.getStream();
            case EVENT_IDS -> capabilities.eventIds();
            case IDLE_TIMEOUT -> target.idleTimeout().isPresent();
            case SLOW_TOOL -> target.slowTool().isPresent();
            case LAUNCH -> target.launcher().isPresent();
            case SECOND_PRINCIPAL -> !target.otherHeaders().isEmpty();
            case DUAL_ERA -> survey.dualEra();
            case STRESS -> target.stress();
        };
    }

    // ---- results ----

    RuleResult undecided(RuleInfo rule, Revision revision, Verdict verdict, String why, long started) {
        return new RuleResult(rule, revision, verdict, why, Optional.empty(), Optional.empty(), Optional.empty(), List.of(),
                new Transcript(), started, System.nanoTime() - started);
    }

    private RuleResult keep(RuleResult result) {
        results.computeIfAbsent(result.rule(), rule -> java.util.Collections.synchronizedMap(new EnumMap<>(Revision.class)))
                .put(result.revision(), result);
        listener.finished(result);
        return result;
    }

    private static RuleResult withNote(RuleResult result, String note) {
        var notes = new ArrayList<>(result.notes());
        notes.add(note);
        return new RuleResult(result.rule(), result.revision(), result.verdict(), result.summary(), result.expectation(),
                result.observation(), result.evidence(), List.copyOf(notes), result.transcript(), result.startedAt(),
                result.took());
    }

    private static RuleResult inconclusive(RuleResult result, String why) {
        return new RuleResult(result.rule(), result.revision(), Verdict.INCONCLUSIVE, why, result.expectation(),
                result.observation(), result.evidence(), result.notes(), result.transcript(), result.startedAt(),
                result.took());
    }
}
