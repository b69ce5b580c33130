package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.clients.server.Incoming;
import dev.mcpsession.conformance.clients.server.Listener;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.protocol.Text;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A server for clients that the kit does not run: each script has a path of its own, {@code /SCRIPT/mcp}, and {@code
 * /all/mcp} shows one script after another, the next whenever a client opens anew. The revision of a scene is what its
 * client speaks first; {@code /SCRIPT/REVISION/mcp} chooses it. Safe for use by several threads.
 */
public final class OpenStage implements AutoCloseable {
    /** The path that walks through all scripts. */
    private static final String ALL = "all";

    /** A client that is silent for so long is done with a scene, if it has deleted its session, or has none. */
    private static final long DONE_NANOS = Duration.ofSeconds(1).toNanos();

    /** The same, if it has not. */
    private static final long LEFT_NANOS = Duration.ofSeconds(5).toNanos();

    /** A client whose session the scene has ended comes back sooner, and a program takes longer to start. */
    private static final long BACK_NANOS = Duration.ofMillis(500).toNanos();

    /** The same, if the scene has ended the session: a person may have to look first. */
    private static final long GIVEN_UP_NANOS = Duration.ofSeconds(30).toNanos();

    private final Map<String, Script> scripts;
    private final List<Revision> revisions;
    private final Consumer<Visit> onVisit;
    private final Recording strays = new Recording(1000, 4L << 20);
    private final Listener main;
    private final Listener other;

    private final Map<Key, Visit> visits = new LinkedHashMap<>();
    /** The visit that a path without a revision has been bound to by its first request. */
    private final Map<Script, Visit> bound = new HashMap<>();

    private final Set<Key> asked = new LinkedHashSet<>();
    private @Nullable Visit walking;

    private record Key(Script script, Revision revision) {}

    /** A scene that clients have been at. */
    public final class Visit {
        private final Key key;
        private final Recording recording = new Recording();
        private final Scene scene;
        private final Optional<String> first;

        private Visit(Key key, Incoming request) {
            this.key = key;
            first = method(request);
            scene = new Scene(key.script(), key.revision());
        }

        public Script script() {
            return key.script();
        }

        public Revision revision() {
            return key.revision();
        }

        /** How many requests have come. */
        public int requests() {
            return recording.begun();
        }

        /** Whether the client is done with it, as far as can be seen; it may come back. */
        public boolean isQuiet() {
            long silent = System.nanoTime() - recording.lastActivity();
            long patience = scene.hasEndedSessions() ? GIVEN_UP_NANOS : LEFT_NANOS;
            long enough = !revision().isLegacy() || scene.isLeft() ? DONE_NANOS : patience;
            return silent > enough
                    && recording.trace(Optional.empty()).calls().stream().allMatch(c -> c.endedAt() != 0 || c.isGet());
        }

        /**
         * Whether the client has left, as one whose program has ended: it used connections for more than one request,
         * and all of them are closed. One that opens a connection for each request has not left by closing it.
         */
        private boolean isLeftByAll() {
            var calls = recording.trace(Optional.empty()).calls();
            long connections = calls.stream().map(Call::connection).distinct().count();
            // When its session has ended, one may come back at once, over a new connection.
            long silent = System.nanoTime() - recording.lastActivity();
            return connections < calls.size() && (!scene.hasEndedSessions() || silent > BACK_NANOS) && !isConnected();
        }

        /** Whether a connection on which a request came is open. */
        boolean isConnected() {
            return recording.trace(Optional.empty()).calls().stream()
                    .mapToInt(Call::connection)
                    .distinct()
                    .anyMatch(c -> main.isOpen(c) || other.isOpen(c));
        }

        /** Whether a request may be the first of a client that connects anew. */
        private boolean opens(Optional<String> method) {
            return method.filter(m -> m.equals("initialize")
                            || m.equals("server/discover")
                            || first.isPresent() && first.get().equals(m))
                    .isPresent();
        }
    }

    /**
     * @param port where to listen, on loopback; 0 for any that is free
     * @param revisions those that may be spoken
     * @param onVisit told of each visit when it begins, on a thread of the server
     * @throws IOException if the port is taken
     */
    public OpenStage(int port, Collection<Revision> revisions, Consumer<Visit> onVisit) throws IOException {
        this.revisions = revisions.stream().sorted(Comparator.reverseOrder()).toList();
        this.onVisit = onVisit;
        scripts =
                Scripts.all().stream().collect(Collectors.toMap(Script::name, s -> s, (a, b) -> a, LinkedHashMap::new));
        var numbers = new AtomicInteger();
        main = new Listener(port, strays, request -> place(request, true), numbers, connection -> {});
        try {
            other = new Listener(0, strays, request -> place(request, false), numbers, connection -> {});
        } catch (IOException e) {
            main.close();
            throw e;
        }
    }

    /** The URL that walks through all scripts. */
    public URI walk() {
        return uri(ALL);
    }

    /** The URL of one script. */
    public URI uri(Script script) {
        return uri(script.name());
    }

    private URI uri(String name) {
        return URI.create("http://127.0.0.1:" + main.port() + "/" + name + Stage.PATH);
    }

    /** The traces of clients while a script was played in a revision, if any was there. Remembers what is asked for. */
    public synchronized Optional<Trace> trace(Script script, Revision revision) {
        var key = new Key(script, revision);
        asked.add(key);
        return Optional.ofNullable(visits.get(key))
                .map(v -> v.recording.trace(Optional.empty()))
                .filter(t -> t.endpoint().findAny().isPresent());
    }

    /** The scripts that were asked for, in the order in which they are shown. */
    public synchronized List<Script> asked() {
        return scripts.values().stream()
                .filter(s -> asked.stream().anyMatch(k -> k.script().equals(s)))
                .toList();
    }

    /** How many of the scripts that were asked for in a revision have not been shown in it. */
    public synchronized long left(Revision revision) {
        return asked.stream()
                .filter(k -> k.revision() == revision && !visits.containsKey(k))
                .count();
    }

    public synchronized List<Visit> visits() {
        return List.copyOf(visits.values());
    }

    /** Connections that brought no HTTP/1.1, and requests to other paths, in words. */
    public List<String> oddities() {
        return strays.oddities();
    }

    /** The path decides where a request goes; on the walk its session does, or whether it opens one. */
    private synchronized Listener.Place place(Incoming request, boolean endpoint) {
        var parts = request.path().split("/");
        boolean mcp = parts.length >= 3 && parts.length <= 4 && ("/" + parts[parts.length - 1]).equals(Stage.PATH);
        if (mcp && CrossOrigin.isPreflight(request)) {
            return new Listener.Place(strays, false, CrossOrigin::answer);
        }
        var visit = !mcp
                ? Optional.<Visit>empty()
                : parts[1].equals(ALL) && parts.length == 3
                        ? Optional.of(walk(request))
                        : Optional.ofNullable(scripts.get(parts[1]))
                                .flatMap(s -> parts.length == 4
                                        ? Revision.find(parts[2]).map(r -> visit(new Key(s, r), request))
                                        : Optional.of(bound(s, request)));
        if (visit.isEmpty()) {
            strays.oddity("a client asked for " + Text.cut(request.path(), 120) + ", which is none of the URLs");
            return new Listener.Place(strays, false, (r, reply) -> reply.send(404, List.of(), new byte[0]));
        }
        var scene = visit.get();
        var elsewhere = "http://127.0.0.1:" + other.port() + "/"
                + scene.script().name() + "/" + scene.revision().wire() + Stage.PATH;
        return new Listener.Place(scene.recording, endpoint, (r, reply) -> {
            reply.add(CrossOrigin.headers(r));
            scene.scene.handle(atRoot(r), reply, endpoint ? elsewhere : null);
        });
    }

    private static Incoming atRoot(Incoming request) {
        int query = request.target().indexOf('?');
        return new Incoming(
                request.connection(),
                request.method(),
                Stage.PATH + (query < 0 ? "" : request.target().substring(query)),
                request.version(),
                request.headers(),
                request.body(),
                request.beganAt());
    }

    private Visit visit(Key key, Incoming request) {
        var visit = visits.get(key);
        if (visit == null) {
            visit = new Visit(key, request);
            visits.put(key, visit);
            onVisit.accept(visit);
        }
        return visit;
    }

    private Visit bound(Script script, Incoming request) {
        return bound.computeIfAbsent(script, s -> visit(new Key(s, revision(request)), request));
    }

    private Visit walk(Incoming request) {
        var id = request.header(Call.SESSION_ID);
        var owner = visits.values().stream()
                .filter(v -> id.filter(v.scene::issued).isPresent())
                .findFirst();
        if (owner.isPresent()) {
            return owner.get();
        }
        if (walking == null || walking.opens(method(request)) && (walking.isQuiet() || walking.isLeftByAll())) {
            if (walking != null) {
                walking.scene.end();
            }
            walking = visit(next(revision(request)), request);
        }
        return walking;
    }

    private static Optional<String> method(Incoming request) {
        return Json.read(new String(request.body(), StandardCharsets.UTF_8))
                .map(m -> m.path("method"))
                .filter(JsonNode::isString)
                .map(JsonNode::asString);
    }

    /** The next scene that was asked for; a plain one when there is none. */
    private Key next(Revision revision) {
        return scripts.values().stream()
                .map(s -> new Key(s, revision))
                .filter(k -> asked.contains(k) && !visits.containsKey(k))
                .findFirst()
                .orElse(new Key(Scripts.PLAIN, revision));
    }

    /** The revision that a client shows by its first request; the newest with sessions where it shows none. */
    private Revision revision(Incoming request) {
        var message = Json.read(new String(request.body(), StandardCharsets.UTF_8));
        var params =
                message.map(m -> m.path("params")).orElseGet(() -> Json.object().path("params"));
        boolean modern = params.path("_meta").has("io.modelcontextprotocol/protocolVersion")
                || message.filter(m -> m.path("method").asString("").equals("server/discover"))
                        .isPresent();
        var wish = Revision.find(
                modern
                        ? params.path("_meta")
                                .path("io.modelcontextprotocol/protocolVersion")
                                .asString("")
                        : params.path("protocolVersion").asString(""));
        var may = new ArrayList<>(
                revisions.stream().filter(r -> r.isLegacy() != modern).toList());
        return wish.filter(may::contains).orElseGet(() -> may.isEmpty() ? revisions.get(0) : may.get(0));
    }

    @Override
    public void close() {
        visits().forEach(v -> v.scene.end());
        main.close();
        other.close();
    }
}
