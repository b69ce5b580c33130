package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A rule's client: speaks one revision to the server, and keeps a transcript. */
public final class Client {
    public static final String SESSION_HEADER = "Mcp-Session-Id";
    public static final String VERSION_HEADER = "MCP-Protocol-Version";
    public static final String METHOD_HEADER = "Mcp-Method";
    public static final String NAME_HEADER = "Mcp-Name";
    public static final String META_PREFIX = "io.modelcontextprotocol/";
    /** The purpose of an exchange in which a request of the server's was answered. */
    public static final String ANSWER = "answers the server";

    /** The purpose of a request whose rule itself looks whether the server has time for it. */
    public static final String PATIENT = "one of many";

    /** The name of a tool that no server has. */
    public static final String UNKNOWN_TOOL = "mcp-session-conformance-no-such-tool";

    private static final Duration UNDER_WAY = Duration.ofMillis(100);
    private static final Duration LONG_UNDER_WAY = Duration.ofMillis(500);
    private static final Duration MIN_SLACK = Duration.ofMillis(2);
    /** So many requests are made where nobody knows how many replicas there are. */
    private static final int REPLICAS = 8;

    /** How often what other rules may come between is tried beside them; then {@code Rule.retriedAlone} is for it. */
    private static final int UNDISTURBED_TRIES = 5;

    private final Target target;
    private final Transport transport;
    private final Revision revision;
    private final @Nullable ServerCapabilities capabilities;
    private final Transcript transcript;
    private final BiConsumer<String, Duration> onWait;
    private final AtomicInteger ids;
    private final URI uri;
    private final List<Header> credentials;
    private final boolean alwaysNewConnections;
    private final @Nullable Client answers;
    private final Messages messages;
    private final SessionOpener opener = new SessionOpener(this);

    /**
     * @param capabilities what the survey found out in this revision; null during the survey itself
     * @param onWait told of every span that is let pass on purpose, with the reason
     */
    public Client(
            Target target,
            Transport transport,
            Revision revision,
            @Nullable ServerCapabilities capabilities,
            Transcript transcript,
            BiConsumer<String, Duration> onWait) {
        this(
                target,
                transport,
                revision,
                capabilities,
                transcript,
                onWait,
                new AtomicInteger(),
                target.uri(),
                target.headers(),
                false,
                null);
    }

    private Client(
            Target target,
            Transport transport,
            Revision revision,
            @Nullable ServerCapabilities capabilities,
            Transcript transcript,
            BiConsumer<String, Duration> onWait,
            AtomicInteger ids,
            URI uri,
            List<Header> credentials,
            boolean alwaysNewConnections,
            @Nullable Client answers) {
        this.target = target;
        this.transport = transport;
        this.revision = revision;
        this.capabilities = capabilities;
        this.transcript = transcript;
        this.onWait = onWait;
        this.ids = ids;
        this.uri = uri;
        this.credentials = credentials;
        this.alwaysNewConnections = alwaysNewConnections;
        this.answers = answers;
        messages = new Messages(revision, ids);
    }

    public Target target() {
        return target;
    }

    public Revision revision() {
        return revision;
    }

    /**
     * The capabilities that the survey found in this revision before the rules ran.
     *
     * @throws NullPointerException for a client of the survey itself, which no rule is given
     */
    public ServerCapabilities capabilities() {
        return Objects.requireNonNull(capabilities, "The survey has not ended");
    }

    public Transcript transcript() {
        return transcript;
    }

    /** How long to wait for an answer that should come at once. */
    public Duration patience() {
        // Without capabilities, this is the survey.
        return capabilities == null ? transport.patienceForQuestions() : target.patience();
    }

    /** The same client, apart from these. */
    private Client with(
            Transport otherTransport,
            Revision otherRevision,
            URI otherUri,
            List<Header> otherCredentials,
            boolean otherAlwaysNewConnections,
            @Nullable Client otherAnswers) {
        return new Client(
                target,
                otherTransport,
                otherRevision,
                capabilities,
                transcript,
                onWait,
                ids,
                otherUri,
                otherCredentials,
                otherAlwaysNewConnections,
                otherAnswers);
    }

    /** The same client, speaking to another address. */
    public Client at(URI other) {
        return with(transport, revision, other, credentials, alwaysNewConnections, answers);
    }

    /** The same client, with the credentials of the second user. */
    public Client asOther() {
        return as(target.headersOfOther());
    }

    /** The same client, without credentials. */
    public Client anonymous() {
        return as(target.headersWithoutCredentials());
    }

    /** The same client, with these headers in place of the ones that the target names. */
    public Client as(List<Header> headers) {
        return with(transport, revision, uri, List.copyOf(headers), alwaysNewConnections, answers);
    }

    /** The same client, speaking another revision. */
    public Client speaking(Revision other) {
        return with(transport, other, uri, credentials, alwaysNewConnections, answers);
    }

    /** The same client, whose answers to requests of the server's go by way of another client. */
    public Client answeringBy(Client other) {
        return with(transport, revision, uri, credentials, alwaysNewConnections, other);
    }

    /** The same client, over connections that nothing else has used. */
    public Client overNewConnections() {
        var own = transport.anew();
        transcript.addResource(own);
        return with(own, revision, uri, credentials, alwaysNewConnections, answers);
    }

    public URI uri() {
        return uri;
    }

    /**
     * A client for each node of a server that runs as several; the rule must require that they are known. Where there
     * are replicas behind one URL, these are some clients of which each makes every request over a connection of its
     * own: which replica answers, chance decides.
     */
    public List<Client> nodes() {
        if (!target.replicasBehind()) {
            return target.nodes().stream().map(this::at).toList();
        }
        var client = with(transport, revision, uri, credentials, true, answers);
        return java.util.Collections.nCopies(REPLICAS, client);
    }

    /** Tells the reader of the report something beside the verdict. */
    public void note(String note) {
        transcript.addNote(note);
    }

    // ---- messages ----

    /** A JSON-RPC id that this rule has not used yet. */
    public int nextId() {
        return messages.nextId();
    }

    /** A notification that changes nothing: it cancels a request that was never made. */
    public ObjectNode idleNotification() {
        return messages.idleNotification();
    }

    /**
     * Requests that may make the server send messages of its own: for log messages of every level, a list, and a call
     * of the slow tool with a progress token.
     *
     * @param opening the exchange of {@code initialize}, whose result tells whether the server logs
     */
    public List<JsonNode> talkRequests(Exchange opening) {
        var requests = new ArrayList<JsonNode>();
        if (opening.result().map(r -> r.path("capabilities").has("logging")).orElse(false)) {
            var level = request("logging/setLevel");
            level.putObject("params").put("level", "debug");
            requests.add(level);
        }
        requests.add(request("tools/list"));
        target.slowTool().ifPresent(tool -> {
            var call = slowCall();
            call.withObject("params").putObject("_meta").put("progressToken", "conformance-" + nextId());
            requests.add(call);
        });
        return requests;
    }

    /** A request with a fresh id and no params; in a modern revision, with the metadata that it needs. */
    public ObjectNode request(String method) {
        return messages.request(method);
    }

    /** Adds the metadata that a modern request carries in its params. */
    public void addMeta(ObjectNode params) {
        messages.addMeta(params);
    }

    /** An {@code initialize} request that asks for this client's revision. */
    public ObjectNode initialize() {
        return initialize(revision.wire());
    }

    /** An {@code initialize} request that asks for any revision. */
    public ObjectNode initialize(String version) {
        return messages.initialize(version);
    }

    /** A {@code tools/call} request. */
    public ObjectNode call(String tool, JsonNode arguments) {
        return messages.call(tool, arguments);
    }

    /** The patience, but not more than so much. */
    public Duration patienceUpTo(Duration most) {
        return patience().compareTo(most) < 0 ? patience() : most;
    }

    /** A call of a tool that no server has: it is refused, and changes nothing. */
    public ObjectNode callOfNoTool() {
        return call(UNKNOWN_TOOL, Json.object());
    }

    /** How long a call of the slow tool is given to get as far as to its tool; it takes longer than that. */
    public Duration underWay() {
        var third = target.slowTool().map(tool -> tool.atLeast().dividedBy(3)).orElse(Duration.ZERO);
        return third.compareTo(UNDER_WAY) < 0
                ? UNDER_WAY
                : third.compareTo(LONG_UNDER_WAY) > 0 ? LONG_UNDER_WAY : third;
    }

    /** A call of the target's slow tool; the rule must require that one is known. */
    public ObjectNode slowCall() {
        var tool = target.slowTool().orElseThrow();
        return call(tool.name(), tool.arguments());
    }

    // ---- requests ----

    /** A POST of a message, with the headers that the revision wants of a client. */
    public Request post(JsonNode message) {
        var request = plain("POST")
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .body(message);
        if (message.isObject() && !"initialize".equals(message.path("method").asString(""))) {
            withVersion(request);
        }
        if (!revision.isLegacy()) {
            MirroredHeaders.of(message, isSlowCall(message) ? capabilities().slowToolSchema() : null)
                    .forEach(h -> request.header(h.name(), h.value()));
        }
        return request;
    }

    private boolean isSlowCall(JsonNode message) {
        return capabilities != null
                && message.path("method").asString("").equals("tools/call")
                && target.slowTool()
                        .filter(t -> t.name()
                                .equals(message.path("params").path("name").asString("")))
                        .isPresent();
    }

    /** A text in the encoding that modern revisions have for header values, whether or not it needs that. */
    public static String encoded(String text) {
        return MirroredHeaders.encoded(text);
    }

    /** A POST of any text as JSON. */
    public Request post(String body) {
        return withVersion(plain("POST")
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream"))
                .body(body);
    }

    public Request get() {
        return withVersion(plain("GET").header("Accept", "text/event-stream"));
    }

    public Request delete() {
        return withVersion(plain("DELETE"));
    }

    /** A request with nothing but credentials and a User-Agent. */
    public Request plain(String method) {
        var request = new Request(this, method).header("User-Agent", Messages.USER_AGENT);
        credentials.forEach(h -> request.header(h.name(), h.value()));
        return request;
    }

    private Request withVersion(Request request) {
        return revision.since(Revision.V2025_06_18) ? request.header(VERSION_HEADER, revision.wire()) : request;
    }

    Exchange start(Request request, @Nullable ClientSession session, @Nullable JsonNode id, String purpose) {
        if (alwaysNewConnections) {
            return startRaw(request, Framing.WHOLE);
        }
        var exchange = transport.start(request.method(), uri, request.headers(), request.body(), id, purpose);
        exchange.repeatedBy(() -> request.withNewId().peek());
        return started(session, exchange);
    }

    /** Whether it is worth while to resume a stream that the server closed before its response. */
    boolean mayPoll() {
        return transport.mayPoll();
    }

    void hasPolled(boolean successfully) {
        transport.hasPolled(successfully);
    }

    Exchange startRaw(Request request, Framing framing) {
        var exchange = transport.startRaw(
                request.method(), uri, request.headers(), request.body(), framing, request.id(), request.purpose());
        exchange.repeatedBy(() -> new RawRequest(this, request.withNewId(), framing).peek());
        return started(request.session(), exchange);
    }

    private Exchange started(@Nullable ClientSession session, Exchange exchange) {
        if (session != null) {
            session.record(exchange);
        }
        transcript.add(exchange, session == null ? null : session.label());
        if (revision == Revision.V2025_03_26) {
            exchange.allowBatches();
        }
        if (revision.isLegacy()) {
            exchange.onRequest(message -> transport.answer(() -> answer(message, exchange, session)));
        }
        return exchange;
    }

    /** Answers a request of the server's, as every client does. What comes of that shows in the transcript. */
    private void answer(JsonNode message, Exchange on, @Nullable ClientSession session) {
        boolean cut = on.ended() && !on.endedByServer();
        if (cut || !transcript.firstToAnswer(session, Json.idKey(message.get("id")))) {
            return;
        }
        var request = (answers == null ? this : answers)
                .post(ServerRequests.answer(message))
                .purpose(ANSWER);
        if (session != null) {
            request.in(session);
        }
        try {
            request.send();
        } catch (RuleAbortedException e) {
            // The run has ended.
        }
    }

    /**
     * Sends several requests at the same time, each as {@link Request#send()} does, and waits for all. What the server
     * had no time for is sent again after that.
     */
    public List<Exchange> sendAll(int count, IntFunction<Request> requests) {
        return sendAll(count, patience(), requests);
    }

    /** The same with another patience. */
    public List<Exchange> sendAll(int count, Duration patience, IntFunction<Request> requests) {
        var sent = IntStream.range(0, count).mapToObj(requests).toList();
        var started = sent.stream().map(Request::start).toList();
        Request.completeAll(started, patience);
        // Side by side: one that is polled for may come late, which takes nothing of the others' time.
        transport.sideBySide(IntStream.range(0, count)
                .filter(i -> started.get(i).letsPoll())
                .<Runnable>mapToObj(i -> () -> sent.get(i).polled(started.get(i), patience))
                .toList());
        return IntStream.range(0, count)
                .mapToObj(i -> sent.get(i)
                        .insist(
                                started.get(i),
                                () -> Request.complete(sent.get(i).start(), patience)))
                .toList();
    }

    // ---- sessions ----

    /**
     * Opens a session: initialize and the initialized notification.
     *
     * @throws RuleAbortedException if that does not work, since the rule cannot go on then
     * @throws dev.mcpsession.conformance.judgement.Suspicion if the session is gone at once
     */
    public ClientSession open() {
        return opener.open();
    }

    /** Opens several sessions, one after the other. */
    public List<ClientSession> open(int count) {
        return IntStream.range(0, count).mapToObj(i -> open()).toList();
    }

    /** Opens several sessions at the same time. */
    public List<ClientSession> openTogether(int count) {
        return opener.openTogether(count);
    }

    /** Opens a session with initialize alone. */
    public ClientSession openWithoutInitialized() {
        return opener.openWithoutInitialized();
    }

    /**
     * Opens several sessions at the same time, with initialize alone.
     *
     * @return those that opened, which may be fewer
     * @throws RuleAbortedException if none did
     */
    public List<ClientSession> openAtOnce(int count) {
        return opener.openAtOnce(count);
    }

    /**
     * The session that an exchange opened.
     *
     * @throws RuleAbortedException if it did not open one
     */
    public ClientSession opened(Exchange initialize) {
        return opener.opened(initialize);
    }

    /**
     * Opens a session when another has just ended. A refused initialize may have another cause, such as a call that
     * another rule has in flight. So initialize is sent until it is served, and then after the end of a session again.
     *
     * @param ended a session that has just ended, or that the server has just been asked for again
     * @throws dev.mcpsession.conformance.judgement.Violation if initialize is refused each time, or the new session has
     *     the id of the other
     * @throws RuleAbortedException if initialize is not served between either
     */
    public ClientSession mustOpenAfter(Supplier<ClientSession> ended, String because) {
        return opener.mustOpenAfter(ended, because);
    }

    /** Treats an id as that of a session of ours, which is ended when the rule is over. */
    public ClientSession adopt(String id, Exchange opening) {
        var session = transcript.addSession(this, id, opening);
        transcript.relabel(opening, session.label());
        return session;
    }

    // ---- time ----

    /** The idle timeout; the rule must require that it is known. */
    public Duration idleTimeout() {
        return target.idleTimeout().orElseThrow();
    }

    /** The latest idle span after which a right server has ended a session: the timeout, the lag, and the slack. */
    public Duration reapedAfter() {
        return idleTimeout().plus(target.reapLag()).plus(clockSlack());
    }

    /** How far the server's clock and timers may be off ours over an idle timeout, which must be known. */
    public Duration clockSlack() {
        var hundredth = idleTimeout().dividedBy(100);
        return hundredth.compareTo(MIN_SLACK) < 0 ? MIN_SLACK : hundredth;
    }

    void idleUntil(@Nullable ClientSession session, long moment) {
        long now = System.nanoTime();
        if (moment > now) {
            transcript.addWait(new Transcript.Wait(session == null ? null : session.label(), now, moment));
            onWait.accept(
                    session == null ? "letting time pass" : "letting " + session + " idle",
                    Duration.ofNanos(moment - now));
            Moment.sleepUntil(moment);
        }
    }

    /** Lets time pass until a moment on the clock of {@link System#nanoTime()}. */
    public void pauseUntil(long moment) {
        idleUntil(null, moment);
    }

    /** Lets a span pass on purpose. */
    public void pause(Duration span) {
        idleUntil(null, System.nanoTime() + span.toNanos());
    }

    /**
     * Repeats an attempt while it proves nothing.
     *
     * @throws RuleAbortedException the last one's, when all were in vain
     */
    public <T> T tries(int most, Supplier<T> attempt) {
        for (int left = most; ; left--) {
            try {
                return attempt.get();
            } catch (RuleAbortedException e) {
                if (left <= 1
                        || e.verdict() != dev.mcpsession.conformance.judgement.Verdict.INCONCLUSIVE
                        || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            }
        }
    }

    /**
     * Repeats an attempt as long as other rules open sessions beside it, some times. A fault that falls on whoever
     * opens the next session, or has opened the newest, falls on another rule's client then, and this rule would see
     * nothing.
     *
     * @param own the number of {@code initialize} requests that each attempt sends
     * @throws RuleAbortedException that of an attempt; or inconclusive, if others did each time, so that the rule is
     *     tried again, in the end alone
     */
    public <T> T undisturbed(int own, Supplier<T> attempt) {
        for (int i = 0; i < UNDISTURBED_TRIES; i++) {
            var mark = transport.openings().mark();
            var result = attempt.get();
            if (!transport.openings().areMoreSince(mark, own)) {
                return result;
            }
        }
        throw RuleAbortedException.inconclusive(
                "other rules opened sessions at the same moment, and may have met what this one looks for");
    }

    /** Tells, whenever it is asked, whether other rules have opened sessions since now. */
    public BooleanSupplier disturbance() {
        var mark = transport.openings().mark();
        return () -> transport.openings().areMoreSince(mark, 0);
    }

    // ---- servers of our own ----

    /** Starts another server of the target's kind, which is ended when the rule is over. */
    public ServerLauncher.Launch launch(LaunchSettings settings) {
        try {
            var launch = target.launcher().orElseThrow().launch(settings);
            transcript.markLaunched();
            if (launch instanceof ServerLauncher.Serving serving) {
                transcript.addResource(serving);
            }
            return launch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RuleAbortedException.inconclusive("the run was interrupted");
        }
    }
}
