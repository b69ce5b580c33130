package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.CommandDriver;
import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.driver.LambdaDriver;
import dev.mcpsession.conformance.clients.stage.OpenStage;
import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.engine.JupiterTests;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleResult;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicNode;

/** The rules about clients, for one client. */
public final class ClientSuite {
    /** A client that needs nothing but the URL: it connects, lists the tools, calls {@code add_numbers}, and closes. */
    public interface Client {
        void use(URI server) throws Exception;
    }

    /** How often what is only suspected is tried again. */
    private static final int CONFIRMATIONS = 2;

    private final @Nullable Driver driver;
    private final @Nullable Trace given;
    private final @Nullable OpenStage stage;
    private Set<Revision> revisions = EnumSet.allOf(Revision.class);
    private Predicate<RuleInfo> selection = rule -> true;
    private Catalogue catalogue = Catalogue.of(ServiceLoader.load(ClientRuleSet.class).stream()
            .map(ServiceLoader.Provider::get)
            .toArray(ClientRuleSet[]::new));
    private Consumer<RuleResult> listener = result -> {};
    private BiConsumer<Set<Revision>, Integer> onSpoken = (spoken, expected) -> {};
    private Duration startWithin = Duration.ofMinutes(1);
    private Duration patience = Duration.ofSeconds(30);
    private volatile boolean cancelled;

    /** Many rules look at one trace. */
    private final Function<Trace, Evidence> evidences = new Function<>() {
        private final Map<Trace, Evidence> known = new ConcurrentHashMap<>();

        @Override
        public Evidence apply(Trace trace) {
            return known.computeIfAbsent(trace, Evidence::new);
        }
    };

    private ClientSuite(@Nullable Driver driver, @Nullable Trace given, @Nullable OpenStage stage) {
        this.driver = driver;
        this.given = given;
        this.stage = stage;
    }

    /** For a client in this virtual machine; it is used once for each script. */
    public static ClientSuite of(Client client) {
        return of((LambdaDriver.Client) (server, settings, say) -> client.use(server));
    }

    /** For a client in this virtual machine that goes through the scenarios, or the steps, which it is told. */
    public static ClientSuite of(LambdaDriver.Client client) {
        return of(new LambdaDriver(client));
    }

    /** For a program: a line for the shell, to which the URL is added as the last argument. */
    public static ClientSuite of(String command) {
        return of(new CommandDriver(command, null));
    }

    public static ClientSuite of(Driver driver) {
        return new ClientSuite(driver, null, null);
    }

    /** For a client that is known by what it did. */
    public static ClientSuite of(Trace trace) {
        return new ClientSuite(null, trace, null);
    }

    /** For clients that somebody points at the kit: judges by what they have done there until now. */
    public static ClientSuite of(OpenStage stage) {
        return new ClientSuite(null, null, stage);
    }

    /** Judges in these revisions alone, as far as the client speaks them. */
    public ClientSuite revisions(Collection<Revision> revisions) {
        this.revisions = EnumSet.copyOf(revisions);
        return this;
    }

    /** Judges by the rules alone that the predicate accepts. */
    public ClientSuite select(Predicate<RuleInfo> selection) {
        this.selection = selection;
        return this;
    }

    /** Told each result as it comes, on any thread. */
    public ClientSuite listener(Consumer<RuleResult> listener) {
        this.listener = listener;
        return this;
    }

    public ClientSuite catalogue(Catalogue catalogue) {
        this.catalogue = catalogue;
        return this;
    }

    /** Told what the client speaks and how many verdicts there will be, before the first of them. */
    public ClientSuite onSpoken(BiConsumer<Set<Revision>, Integer> onSpoken) {
        this.onSpoken = onSpoken;
        return this;
    }

    /** How long the client may take until its first request; a minute if nothing is said. */
    public ClientSuite startWithin(Duration startWithin) {
        this.startWithin = startWithin;
        return this;
    }

    /** How long the client may take for one run from its first request on; half a minute if nothing is said. */
    public ClientSuite patience(Duration patience) {
        this.patience = patience;
        return this;
    }

    /** Ends the run soon, from any thread: what was not judged is NOT_RUN. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Judges the client.
     *
     * @throws dev.mcpsession.conformance.run.UnjudgeableException if it cannot be judged at all
     */
    public ClientRun run() {
        long started = System.nanoTime();
        var threads = Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task, "conformance-client");
            thread.setDaemon(true);
            return thread;
        });
        try (var plays = new Plays(driver, startWithin, patience, threads)) {
            var survey = stage != null
                    ? ClientSurvey.of(stage, revisions)
                    : given == null ? ClientSurvey.of(plays, revisions) : ClientSurvey.of(given, revisions);
            var source = stage != null ? new Visited(stage) : given == null ? plays : new Given(given);
            onSpoken.accept(
                    survey.spoken(),
                    rules(survey).values().stream().mapToInt(List::size).sum());
            var judged = judge(source, survey, threads);
            return new ClientRun(
                    survey.spoken(),
                    survey.unspoken(),
                    judged,
                    Evidence.origin(),
                    Duration.ofNanos(System.nanoTime() - started),
                    plays.endings().stream().toList());
        } finally {
            threads.shutdownNow();
        }
    }

    private List<RuleResult> judge(ClientUnderTest.Source source, ClientSurvey survey, ExecutorService threads) {
        if (source.runsClient()) {
            // All at once, so that as few starts of the client do as can.
            var planned = new Planned();
            rules(survey).forEach((rule, spoken) -> spoken.forEach(revision -> attempt(rule, revision, planned)));
            planned.wanted.forEach((script, spoken) -> spoken.forEach(revision -> source.prepare(script, revision)));
        }
        var results = new ArrayList<CompletableFuture<RuleResult>>();
        rules(survey).forEach((rule, spoken) -> {
            for (var revision : spoken) {
                results.add(CompletableFuture.supplyAsync(
                        () -> {
                            var result = judge(rule, revision, source, threads);
                            listener.accept(result);
                            return result;
                        },
                        threads));
            }
        });
        return results.stream().map(CompletableFuture::join).toList();
    }

    /** The rules that were selected, and in which revisions each is to be judged. */
    private Map<RuleInfo, List<Revision>> rules(ClientSurvey survey) {
        var rules = new LinkedHashMap<RuleInfo, List<Revision>>();
        catalogue.rules().stream().filter(selection).forEach(rule -> rules.put(rule, revisions(rule, survey)));
        return rules;
    }

    private static List<Revision> revisions(RuleInfo rule, ClientSurvey survey) {
        var all = survey.spoken().stream().filter(rule::holdsIn).toList();
        if (!rule.once()) {
            return all;
        }
        // The two eras share little of a client's code.
        return Arrays.stream(Revision.Era.values())
                .flatMap(era -> all.stream().filter(r -> r.era() == era).reduce((a, b) -> b).stream())
                .toList();
    }

    /** Judges by one rule; what is only suspected has to show each time. */
    private RuleResult judge(RuleInfo rule, Revision revision, ClientUnderTest.Source source, Executor threads) {
        long started = System.nanoTime();
        var attempt = attempt(rule, revision, source);
        boolean whole = !isInconclusive(attempt.failure());
        if (attempt.failure() instanceof Violation || !whole) {
            // A client that had done other things before is accused of nothing that it does not do when it has not.
            attempt = again(rule, revision, attempt, source::alone, source::alone);
        }
        if (isInconclusive(attempt.failure())) {
            // The client may have had too little of a busy machine's time; nothing is accused by trying again.
            attempt = attempt(rule, revision, source.anew());
            whole = false;
        }
        if (attempt.failure() instanceof Suspicion) {
            attempt = confirm(rule, revision, attempt, whole ? source::anew : script -> source.anew(), source, threads);
        }
        var client = attempt.client();
        var failure = attempt.failure();
        var evidence = Optional.<Exchange>empty();
        var expectation = Optional.<String>empty();
        var observation = Optional.<String>empty();
        Verdict verdict;
        String summary;
        if (cancelled && failure != null) {
            verdict = Verdict.NOT_RUN;
            summary = "the run ended before";
        } else if (failure == null) {
            verdict = Verdict.PASS;
            summary = "";
        } else if (failure instanceof Violation violation) {
            verdict = rule.level(revision).whenBroken();
            summary = violation.getMessage();
            expectation = Optional.of(violation.expectation());
            observation = Optional.of(violation.observation());
            evidence = violation.evidence().filter(Exchange.class::isInstance).map(Exchange.class::cast);
        } else if (failure instanceof RuleAbortedException aborted) {
            verdict = aborted.verdict();
            summary = aborted.getMessage();
        } else {
            verdict = Verdict.ERROR;
            summary = "the kit itself failed: " + failure
                    + Arrays.stream(failure.getStackTrace())
                            .limit(1)
                            .map(f -> " at " + f)
                            .findFirst()
                            .orElse("");
        }
        return new RuleResult(
                rule,
                revision,
                verdict,
                summary,
                expectation,
                observation,
                evidence,
                Stream.concat(client.notes().stream(), client.evidence().omission().stream())
                        .toList(),
                Optional.empty(),
                client.evidence().transcript(evidence.orElse(null)),
                Evidence.origin(),
                System.nanoTime() - started);
    }

    /** Has the client do it again: one time after the other where that is a matter of time, else all at once. */
    private Attempt confirm(
            RuleInfo rule,
            Revision revision,
            Attempt suspected,
            Function<Script, ClientUnderTest.Source> one,
            ClientUnderTest.Source source,
            Executor threads) {
        if (rule.waits()) {
            var attempt = suspected;
            for (int i = 0; i < CONFIRMATIONS && attempt.failure() instanceof Suspicion; i++) {
                attempt = again(rule, revision, attempt, one, source::anew);
            }
            return attempt;
        }
        var attempts = Stream.generate(() -> CompletableFuture.supplyAsync(
                        () -> again(rule, revision, suspected, one, source::anew), threads))
                .limit(CONFIRMATIONS)
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        return attempts.stream()
                .filter(a -> !(a.failure() instanceof Suspicion))
                .findFirst()
                .orElse(attempts.get(0));
    }

    /**
     * Has the client go once more through the script that accuses it, since starts of a program are dear; and through
     * all where that is not known, or where another one accuses it then, in which it was seen once only.
     */
    private Attempt again(
            RuleInfo rule,
            Revision revision,
            Attempt accused,
            Function<Script, ClientUnderTest.Source> one,
            Supplier<ClientUnderTest.Source> all) {
        var script = accused.client().accusing();
        if (script.isPresent()) {
            var attempt = attempt(rule, revision, one.apply(script.get()));
            if (!(attempt.failure() instanceof Violation)
                    || attempt.client().accusing().equals(script)) {
                return attempt;
            }
        }
        return attempt(rule, revision, all.get());
    }

    private static boolean isInconclusive(@Nullable Throwable failure) {
        return failure instanceof RuleAbortedException aborted && aborted.verdict() == Verdict.INCONCLUSIVE;
    }

    private record Attempt(ClientUnderTest client, @Nullable Throwable failure) {}

    private Attempt attempt(RuleInfo rule, Revision revision, ClientUnderTest.Source source) {
        var client = new ClientUnderTest(source, revision, evidences);
        try {
            var type = rule.method().getDeclaringClass().getDeclaredConstructor();
            type.setAccessible(true);
            rule.method().setAccessible(true);
            rule.method().invoke(type.newInstance(), client);
            return new Attempt(client, null);
        } catch (InvocationTargetException e) {
            return new Attempt(client, e.getTargetException());
        } catch (ReflectiveOperationException e) {
            return new Attempt(client, e);
        }
    }

    /** Lets each rule ask an open stage for its scenes, in each of the revisions, so that the stage knows of them. */
    public void ask() {
        var open = new Visited(Objects.requireNonNull(stage, "Only an open stage is asked"));
        for (var rule : catalogue.rules()) {
            if (selection.test(rule)) {
                revisions.stream().filter(rule::holdsIn).forEach(revision -> attempt(rule, revision, open));
            }
        }
    }

    /** No client: finds out which traces a rule wants first, and which it knows that it will want. */
    private static final class Planned implements ClientUnderTest.Source {
        private final Map<Script, Set<Revision>> wanted = new LinkedHashMap<>();

        @Override
        public void mayWant(Script script, Revision revision) {
            prepare(script, revision);
        }

        @Override
        public void prepare(Script script, Revision revision) {
            wanted.computeIfAbsent(script, s -> EnumSet.noneOf(Revision.class)).add(revision);
        }

        @Override
        public Trace trace(Script script, Revision revision) {
            prepare(script, revision);
            throw RuleAbortedException.inconclusive("there is no client yet");
        }

        @Override
        public boolean playsScripts() {
            return true;
        }

        @Override
        public boolean runsClient() {
            return true;
        }

        @Override
        public ClientUnderTest.Source anew() {
            return this;
        }
    }

    /** Clients that were at a stage of the kit. */
    private record Visited(OpenStage stage) implements ClientUnderTest.Source {
        @Override
        public void mayWant(Script script, Revision revision) {
            prepare(script, revision);
        }

        @Override
        public void prepare(Script script, Revision revision) {
            stage.trace(script, revision);
        }

        @Override
        public Trace trace(Script script, Revision revision) {
            return stage.trace(script, revision)
                    .orElseThrow(() -> RuleAbortedException.notTestable(
                            "no client in " + revision + " was at " + stage.uri(script)));
        }

        @Override
        public boolean playsScripts() {
            return true;
        }

        @Override
        public boolean runsClient() {
            return false;
        }

        @Override
        public ClientUnderTest.Source anew() {
            return this;
        }
    }

    /** A client that is known by what it did. */
    private record Given(Trace trace) implements ClientUnderTest.Source {
        @Override
        public Trace trace(Script script, Revision revision) {
            return trace;
        }

        @Override
        public boolean playsScripts() {
            return false;
        }

        @Override
        public boolean runsClient() {
            return false;
        }

        @Override
        public ClientUnderTest.Source anew() {
            return this;
        }
    }

    /**
     * Judges the client within a test of the caller's own: each rule and revision becomes a dynamic test, for a
     * {@code @TestFactory}. A FAIL fails, a WARN is skipped with its message, as is what could not be judged.
     *
     * @throws dev.mcpsession.conformance.run.UnjudgeableException if the client cannot be judged at all
     */
    public Stream<DynamicNode> asTests() {
        return JupiterTests.of(run().results(), Optional.empty());
    }

    /** The revisions that a client speaks. */
    record ClientSurvey(Set<Revision> spoken, Map<Revision, String> unspoken) {
        /** Lets the client loose on a right server of each revision; the rules use what it did there too. */
        static ClientSurvey of(Plays plays, Set<Revision> revisions) {
            var traces = new EnumMap<Revision, CompletableFuture<Trace>>(Revision.class);
            revisions.forEach(r -> traces.put(r, plays.begin(Scripts.PLAIN, r)));
            var spoken = EnumSet.noneOf(Revision.class);
            var unspoken = new EnumMap<Revision, String>(Revision.class);
            traces.forEach((revision, future) -> {
                var trace = Plays.join(future);
                if (revision.isLegacy() ? speaksLegacy(trace, revision) : speaksModern(trace)) {
                    spoken.add(revision);
                } else {
                    unspoken.put(revision, why(trace));
                }
            });
            boolean came = traces.values().stream()
                    .map(Plays::join)
                    .anyMatch(t -> t.endpoint().findAny().isPresent());
            if (spoken.isEmpty() && came) {
                // A client that reads only streams is known by them.
                traces.replaceAll((revision, plain) -> plays.begin(Scripts.EVENTS, revision));
                traces.forEach((revision, future) -> {
                    if (revision.isLegacy()
                            ? speaksLegacy(Plays.join(future), revision)
                            : speaksModern(Plays.join(future))) {
                        spoken.add(revision);
                        unspoken.remove(revision);
                    }
                });
            }
            if (spoken.isEmpty()) {
                throw Unjudgeable.client(
                        plays.describe(),
                        plays.elsewhere(),
                        traces.values().stream().map(Plays::join).toList());
            }
            return new ClientSurvey(spoken, unspoken);
        }

        static ClientSurvey of(OpenStage stage, Set<Revision> revisions) {
            var spoken = EnumSet.noneOf(Revision.class);
            stage.visits().stream().map(OpenStage.Visit::revision).forEach(spoken::add);
            spoken.retainAll(revisions);
            if (spoken.isEmpty()) {
                throw Unjudgeable.stage(stage.oddities());
            }
            return new ClientSurvey(spoken, Map.of());
        }

        static ClientSurvey of(Trace trace, Set<Revision> revisions) {
            var spoken = EnumSet.noneOf(Revision.class);
            revisions.stream()
                    .filter(r -> r.isLegacy()
                            ? trace.openings().stream()
                                    .anyMatch(
                                            o -> o.revision().filter(r::equals).isPresent())
                            : trace.modern().findAny().isPresent())
                    .forEach(spoken::add);
            if (spoken.isEmpty()) {
                throw Unjudgeable.trace(trace);
            }
            return new ClientSurvey(spoken, Map.of());
        }

        /** The client goes on after the server has answered with the revision. */
        private static boolean speaksLegacy(Trace trace, Revision revision) {
            var opening = trace.openings().stream()
                    .filter(o -> o.revision().filter(revision::equals).isPresent())
                    .findFirst();
            boolean goesOn = opening.isPresent()
                    && trace.after(opening.get().call())
                            .anyMatch(c -> c.endpoint() && !c.isModern() && c.isPost() && !c.calls("initialize"));
            return goesOn
                    || trace.openings().isEmpty()
                            && trace.legacy()
                                    .flatMap(c -> c.messages().stream()
                                            .map(m -> m.path("method").asString(""))
                                            .filter(m -> !c.calls("initialize")))
                                    .anyMatch(List.of("initialize", "tools/list", "tools/call")::contains);
        }

        private static boolean speaksModern(Trace trace) {
            return trace.endpoint()
                    .filter(c -> c.isPost())
                    .findFirst()
                    .filter(c -> !c.calls("initialize"))
                    .isPresent();
        }

        private static String why(Trace trace) {
            if (trace.endpoint().findAny().isEmpty()) {
                return "the client made no request"
                        + trace.outcome().map(o -> ": it " + o.describe()).orElse("");
            }
            return "the client did not go on with it"
                    + trace.outcome().map(o -> ": it " + o.describe()).orElse("");
        }
    }
}
