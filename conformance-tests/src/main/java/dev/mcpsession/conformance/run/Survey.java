package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.http.ServerCapabilities.Feature;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds out before any rule runs which revisions a server speaks and what it offers in each. */
public final class Survey {
    /** How long to wait for the head of a GET stream: some servers send none until there is an event. */
    private static final Duration STREAM_HEAD = Duration.ofSeconds(1);

    /** Lists of a server that has no tools, or does not answer for them as it should. */
    private static final List<String> OTHER_LISTS = List.of("prompts/list", "resources/list");

    /** Error codes that revision 2026-07-28 introduced: wrong header, missing capability. */
    private static final Set<Integer> MODERN_CODES = Set.of(-32020, -32021);

    /** The code by which a server says that it does not speak the revision of the request. */
    private static final int UNSUPPORTED_VERSION = -32022;

    /** The purpose of the requests of a survey, for transcripts. */
    static final String PURPOSE = "survey";

    /** Of the message of an error that tells why a revision is not spoken. */
    private static final int LONGEST_MESSAGE = 160;

    /** A list of tools that goes on for longer is not read to its end. */
    private static final int MAX_PAGES = 20;

    private final Map<Revision, ServerCapabilities> spoken = new EnumMap<>(Revision.class);
    private final Map<Revision, String> unspoken = new EnumMap<>(Revision.class);
    private final Set<Revision> unanswered = EnumSet.noneOf(Revision.class);
    private boolean dualEra;

    private Survey() {}

    /**
     * Surveys a server.
     *
     * @param revisions which revisions to ask for; of an era that none is of, the newest is asked for too, since a
     *     server of one era owes more than a server of both
     * @throws UnjudgeableException if the server speaks none of them
     */
    static Survey of(Target target, Transport transport, Collection<Revision> revisions) {
        var survey = new Survey();
        var futures = new EnumMap<Revision, CompletableFuture<Answer>>(Revision.class);
        for (var revision : withBothEras(revisions)) {
            futures.put(revision, CompletableFuture.supplyAsync(() -> ask(target, transport, revision), Survey::start));
        }
        var asked = new EnumMap<Revision, Answer>(Revision.class);
        futures.forEach((revision, future) -> asked.put(revision, future.join()));
        boolean someSpoken =
                asked.values().stream().anyMatch(a -> a.capabilities().isPresent());
        // A server may refuse a client while it serves another: that says nothing of the revision.
        asked.replaceAll((revision, answer) ->
                answer.capabilities().isPresent() || answer.era() || !someSpoken || !revision.isLegacy()
                        ? answer
                        : ask(target, transport, revision).orRefusedBeside(answer));
        var answers = new ArrayList<Answer>();
        var eras = EnumSet.noneOf(Revision.Era.class);
        asked.forEach((revision, answer) -> {
            if (answer.era()) {
                eras.add(revision.era());
            }
            if (revisions.contains(revision)) {
                answers.add(answer);
                answer.capabilities()
                        .ifPresentOrElse(
                                o -> survey.spoken.put(revision, o),
                                () -> survey.unspoken.put(revision, answer.otherwise()));
                if (revision.isLegacy() && !answer.first().answered()) {
                    survey.unanswered.add(revision);
                }
            }
        });
        survey.dualEra = eras.size() > 1;
        // A server that had no time for a question, or did not answer it in time, has not said no.
        var doubt = asked.entrySet().stream()
                .filter(e -> !eras.contains(e.getKey().era()))
                .map(e -> e.getValue().first())
                .filter(SurveySession::isUnserved)
                .findFirst()
                .map(SurveySession::reason);
        survey.spoken.replaceAll((revision, capabilities) -> capabilities.withEras(survey.dualEra, doubt));
        if (survey.spoken.isEmpty()) {
            throw UnjudgeableException.from(
                    target,
                    answers.stream().map(Answer::first).toList(),
                    survey.unspoken,
                    () -> Elsewhere.hint(target, transport));
        }
        if (answers.stream().noneMatch(Answer::cut)) {
            target.slowTool().ifPresent(tool -> survey.mustList(tool.name()));
        }
        return survey;
    }

    /** @throws UnjudgeableException if all tools of the server are known, and there is none of that name */
    private void mustList(String tool) {
        if (spoken.values().stream().anyMatch(c -> c.unknown(Feature.TOOLS).isPresent())) {
            return;
        }
        var tools = spoken.values().stream()
                .flatMap(c -> c.tools().stream())
                .distinct()
                .toList();
        if (!tools.contains(tool)) {
            throw UnjudgeableException.misuse("--slow-tool: the server has no tool '" + tool + "'; "
                    + (tools.isEmpty() ? "it lists none." : "it lists " + String.join(", ", tools) + "."));
        }
    }

    private static EnumSet<Revision> withBothEras(Collection<Revision> revisions) {
        var all = EnumSet.copyOf(revisions);
        var newest = new EnumMap<Revision.Era, Revision>(Revision.Era.class);
        for (var revision : Revision.values()) {
            newest.put(revision.era(), revision);
        }
        newest.forEach((era, revision) -> {
            if (all.stream().noneMatch(r -> r.era() == era)) {
                all.add(revision);
            }
        });
        return all;
    }

    static void start(Runnable task) {
        var thread = new Thread(task, "conformance-survey");
        thread.setDaemon(true);
        thread.start();
    }

    /** The capabilities of the server in each revision that it speaks. */
    public Map<Revision, ServerCapabilities> spoken() {
        return spoken;
    }

    /** The revisions that were asked for and are not spoken, each with the reason. */
    public Map<Revision, String> unspoken() {
        return unspoken;
    }

    /**
     * Those of the {@link #unspoken()} revisions in which no reply came to {@code initialize}, twice: whether the
     * server speaks them is not known.
     */
    public Set<Revision> unanswered() {
        return unanswered;
    }

    /** Whether the server speaks revisions of both eras, be they asked for or not. */
    public boolean dualEra() {
        return dualEra;
    }

    /**
     * The outcome of asking for a revision.
     *
     * @param era whether the server speaks a revision of this era, be it this one or another
     * @param cut whether it may have more tools than were read
     */
    private record Answer(
            Optional<ServerCapabilities> capabilities, boolean era, String otherwise, Exchange first, boolean cut) {

        Answer(Optional<ServerCapabilities> capabilities, boolean era, String otherwise, Exchange first) {
            this(capabilities, era, otherwise, first, false);
        }

        /** This answer, to the same question again; where it is the same, so is what it says of other clients. */
        Answer orRefusedBeside(Answer earlier) {
            return capabilities.isPresent() || era
                    ? this
                    : new Answer(
                            capabilities,
                            false,
                            first.answered()
                                    ? "initialize was refused twice, although the server served another client: "
                                            + earlier.otherwise()
                                    : "no reply came to initialize, twice, although the server served another client,"
                                            + " so whether it speaks this revision is not known",
                            first);
        }
    }

    private static Answer ask(Target target, Transport transport, Revision revision) {
        var client = new Client(target, transport, revision, null, new Transcript(), (why, span) -> {});
        try {
            return revision.isLegacy() ? askLegacy(client) : askModern(client);
        } finally {
            client.transcript().entries().forEach(e -> e.exchange().close());
            client.transcript().compact();
        }
    }

    private static Answer askLegacy(Client client) {
        var opening = initialize(client);
        var result = opening.result();
        if (!opening.answered() || opening.status() != 200 || result.isEmpty()) {
            return new Answer(Optional.empty(), false, "initialize was answered " + told(client, opening), opening);
        }
        var version = result.get().path("protocolVersion").asString("");
        if (!version.equals(client.revision().wire())) {
            opening.sessionId()
                    .ifPresent(id ->
                            client.delete().withSessionId(id).purpose(PURPOSE).send());
            return new Answer(Optional.empty(), true, "asked for it, the server offered " + version, opening);
        }
        var questions = new SurveySession(client, opening);
        var list = questions.ask(Feature.TOOLS, session -> send(client, session, client.request("tools/list")));
        var get = questions.ask(Feature.GET_STREAM, session -> askForStream(client, session, list));
        boolean stream = get.answered()
                ? get.status() == 200 && get.isEventStream()
                : get.failure().isEmpty();
        if (stream) {
            awaitEvent(get);
        }
        boolean eventIds = hasIds(list) || hasIds(get);
        get.close();
        // Without the list, no answer was seen in a stream of its own.
        questions.dependsOn(Feature.EVENT_IDS, Feature.TOOLS);
        var tools = tools(client, questions.session(), list);
        int deleteStatus = 0;
        if (questions.session().isPresent()) {
            var delete = questions.ask(
                    Feature.DELETE,
                    session -> session.orElseThrow().delete().purpose(PURPOSE).send());
            deleteStatus = delete.answered() ? delete.status() : 0;
            if (deleteStatus / 100 == 4 && deleteStatus != 405) {
                deleteStatus = deleteStatusOfUnused(client, deleteStatus);
            }
        }
        return new Answer(
                Optional.of(new ServerCapabilities(
                        client.revision(),
                        opening.sessionId().isPresent(),
                        deleteStatus,
                        get.answered() ? get.status() : 0,
                        stream,
                        eventIds,
                        names(tools.list()),
                        slowToolSchema(client, tools.list()),
                        name(result.get().path("serverInfo")),
                        questions.unknown(),
                        false)),
                true,
                "",
                opening,
                tools.cut());
    }

    /** What DELETE is answered in a new session: a server may refuse it where it takes a closed stream for open. */
    private static int deleteStatusOfUnused(Client client, int otherwise) {
        var opening = initialize(client);
        if (!opening.answered()
                || opening.status() != 200
                || opening.sessionId().isEmpty()) {
            return otherwise;
        }
        var delete = client.adopt(opening.sessionId().get(), opening)
                .delete()
                .purpose(PURPOSE)
                .send();
        return delete.answered() ? delete.status() : otherwise;
    }

    /** Waits for the head so long that no head means something also where answers take their time. */
    private static Exchange askForStream(Client client, Optional<ClientSession> session, Exchange answered) {
        var usual = Duration.ofNanos(answered.answered() ? 10 * (answered.headAt() - answered.sentAt()) : 0);
        var soon = usual.compareTo(STREAM_HEAD) > 0 ? usual : STREAM_HEAD;
        return session.map(s -> client.get().in(s))
                .orElseGet(client::get)
                .purpose(PURPOSE)
                .open(client.patienceUpTo(soon));
    }

    private static void awaitEvent(Exchange stream) {
        stream.await(() -> !stream.events().isEmpty(), Duration.ofMillis(100));
    }

    /** The reply; of one that holds an error, its code and message rather than the JSON around them. */
    private static String told(Client client, Exchange reply) {
        var error = reply.answered() ? reply.error() : Optional.<JsonNode>empty();
        return error.filter(e -> e.path("message").isString())
                .map(e -> reply.status() + ", error " + e.path("code").asString("") + ": "
                        + client.target().excerpt(e.path("message").asString(""), LONGEST_MESSAGE))
                .orElseGet(reply::describeReply);
    }

    /** Twice if need be: a connection may be lost before the server has seen anything. */
    static Exchange initialize(Client client) {
        var opening = client.post(client.initialize()).purpose(PURPOSE).send();
        return opening.answered() || opening.failure().isEmpty()
                ? opening
                : client.post(client.initialize()).purpose(PURPOSE).send();
    }

    private static Answer askModern(Client client) {
        var discover = askAgain(() -> send(client, Optional.empty(), client.request("server/discover")));
        var versions = discover.answered()
                ? discover.result().map(r -> r.path("supportedVersions")).filter(JsonNode::isArray)
                : Optional.<JsonNode>empty();
        var wire = client.revision().wire();
        boolean listed = versions.map(v -> contains(v, wire)).orElse(false);
        var list = askAgain(() -> send(client, Optional.empty(), client.request("tools/list")));
        // A server that fails at discovery alone still speaks the revision: the rules about discovery tell it so.
        // One that names other revisions there, and serves nothing else in this one, does not speak it.
        if (!listed
                && (versions.isPresent() || !isModern(discover, wire))
                && !isModern(list, wire)
                && OTHER_LISTS.stream()
                        .noneMatch(method -> isModern(send(client, Optional.empty(), client.request(method)), wire))) {
            return new Answer(
                    Optional.empty(), false, "server/discover was answered " + told(client, discover), discover);
        }
        var tools = tools(client, Optional.empty(), list);
        var get = client.get().purpose(PURPOSE).open(STREAM_HEAD);
        int getStatus = get.answered() ? get.status() : 0;
        boolean stream = get.answered() && getStatus == 200 && get.isEventStream();
        get.close();
        Map<Feature, String> unknown = SurveySession.isUnserved(list)
                ? Map.of(Feature.TOOLS, SurveySession.reason(list), Feature.EVENT_IDS, SurveySession.reason(list))
                : Map.of();
        var info = discover.result()
                .map(r -> r.path("_meta").path(Client.META_PREFIX + "serverInfo"))
                .orElseGet(Json::object);
        return new Answer(
                Optional.of(new ServerCapabilities(
                        client.revision(),
                        false,
                        0,
                        getStatus,
                        stream,
                        hasIds(list),
                        names(tools.list()),
                        slowToolSchema(client, tools.list()),
                        name(info),
                        unknown,
                        false)),
                true,
                "",
                discover,
                tools.cut());
    }

    /** Whether an answer is one that only a server gives which speaks a modern revision. */
    private static boolean isModern(Exchange answer, String revision) {
        return answer.answered()
                && (answer.result().map(r -> r.has("resultType")).orElse(false)
                        || answer.error().map(e -> isModern(e, revision)).orElse(false));
    }

    private static boolean isModern(JsonNode error, String revision) {
        int code = error.path("code").asInt(0);
        return MODERN_CODES.contains(code)
                || code == UNSUPPORTED_VERSION && contains(error.path("data").path("supported"), revision);
    }

    /** A connection may be lost, and a server may have no time, without meaning anything. */
    private static Exchange askAgain(Supplier<Exchange> question) {
        var answer = question.get();
        for (int i = 1; i < SurveySession.TRIES && SurveySession.isUnserved(answer); i++) {
            answer = question.get();
        }
        return answer;
    }

    static Exchange send(Client client, Optional<ClientSession> session, JsonNode message) {
        var request = client.post(message).purpose(PURPOSE);
        session.ifPresent(request::in);
        return request.send();
    }

    private static boolean hasIds(Exchange exchange) {
        return exchange.events().stream().anyMatch(e -> e.id().isPresent());
    }

    private static boolean contains(JsonNode array, String text) {
        for (var item : array) {
            if (text.equals(item.asString(""))) {
                return true;
            }
        }
        return false;
    }

    /** @param cut whether there may be more tools than were read */
    private record Tools(List<JsonNode> list, boolean cut) {

        /** A list that names a tool twice changed its order from page to page, so that others were left out. */
        static Tools complete(List<JsonNode> list) {
            var names = names(list);
            return new Tools(List.copyOf(list), Set.copyOf(names).size() < names.size());
        }
    }

    /** The tools on a page of their list, and on the pages after it, as far as they need be known. */
    private static Tools tools(Client client, Optional<ClientSession> session, Exchange first) {
        var tools = new ArrayList<JsonNode>();
        var page = first.result();
        for (int pages = 1; page.isPresent(); pages++) {
            page.get().path("tools").forEach(tools::add);
            var cursor = page.get().path("nextCursor");
            if (!cursor.isString()) {
                return Tools.complete(tools);
            }
            if (pages == MAX_PAGES) {
                break;
            }
            var next = client.request("tools/list");
            var params = next.get("params") instanceof ObjectNode given ? given : next.putObject("params");
            params.set("cursor", cursor);
            page = send(client, session, next).result();
        }
        return new Tools(List.copyOf(tools), true);
    }

    private static List<String> names(List<JsonNode> tools) {
        return tools.stream().map(tool -> tool.path("name").asString("")).toList();
    }

    private static JsonNode slowToolSchema(Client client, List<JsonNode> tools) {
        var slow = client.target().slowTool();
        return tools.stream()
                .filter(tool -> slow.filter(
                                s -> s.name().equals(tool.path("name").asString("")))
                        .isPresent())
                .map(tool -> tool.path("inputSchema"))
                .findFirst()
                .orElseGet(Json::object);
    }

    private static String name(JsonNode info) {
        return (info.path("name").asString("") + " " + info.path("version").asString("")).strip();
    }
}
