package dev.mcpsession.runner.clients;

import dev.mcpsession.conformance.clients.server.Incoming;
import dev.mcpsession.conformance.clients.server.Listener;
import dev.mcpsession.conformance.clients.server.Reply;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Text;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Stands between a client and a server: passes everything on as it comes, takes it down, and breaks something when it
 * is told to.
 */
public final class Recorder implements AutoCloseable {
    /** The path of the MCP endpoint here, whatever it is on the server. */
    static final String PATH = "/mcp";

    /** Clients may look there for how to be authorized before all else. */
    private static final String WELL_KNOWN = "/.well-known/";

    /** Faults are asked for below this path, such as with {@code POST /kit/inject/404-once}. */
    static final String ADMIN = "/kit/inject/";

    private static final Set<String> OPENING = Set.of("initialize", "server/discover");

    /** Tells a trace's reader that the server did not say that. */
    private static final Header INJECTED = new Header(Call.INJECTED, "recorder");

    private static final Header PLAIN = new Header("Content-Type", "text/plain; charset=utf-8");

    /** The faults that can be injected, once for each request. */
    public enum Fault {
        /** The session of the next request after the opening is over: 404, from then on. */
        GONE("404-once"),
        /** The next request after the opening gets 503 with Retry-After. */
        BUSY("503"),
        /** The next answer to a request after the opening that is an event stream is broken off after its head. */
        CUT("cut");

        private final String word;

        Fault(String word) {
            this.word = word;
        }

        /** The fault of that name. */
        public static Optional<Fault> of(String word) {
            return Arrays.stream(values()).filter(f -> f.word.equals(word)).findFirst();
        }

        @Override
        public String toString() {
            return word;
        }
    }

    private final URI server;
    private final Recording recording;
    private final Listener listener;
    private final Map<Integer, Upstream> upstreams = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final Set<String> dead = ConcurrentHashMap.newKeySet();
    private final Consumer<String> onFault;

    /** Whether a request for the endpoint has come; then others may be for the pages of an authorization. */
    private volatile boolean found;

    /** Who asks for a fault is no client of the server. */
    private final Recording asides = new Recording(100, 1 << 20);

    /**
     * @param server the MCP endpoint
     * @param port where to listen, on loopback; 0 for any that is free
     * @param onFault told in words what was broken, on a thread of the recorder
     * @throws IOException if the port is taken
     */
    public Recorder(URI server, int port, Recording recording, List<Fault> faults, Consumer<String> onFault)
            throws IOException {
        this.server = server;
        this.recording = recording;
        this.faults.addAll(faults);
        this.onFault = onFault;
        listener = new Listener(
                port,
                recording,
                request -> request.path().startsWith(ADMIN)
                        ? new Listener.Place(asides, false, this::admin)
                        : new Listener.Place(recording, request.path().equals(PATH), this::handle),
                new AtomicInteger(),
                this::end);
    }

    /** The faults that were asked for, and had nothing to break. */
    public List<Fault> pending() {
        return List.copyOf(faults);
    }

    /** Where clients connect. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + listener.port() + PATH);
    }

    /** The trace. */
    Recording recording() {
        return recording;
    }

    /**
     * Looks whether the server can be reached.
     *
     * @throws IOException if it cannot
     */
    public static void mustBeUp(URI server) throws IOException {
        try (var upstream = new Upstream(server)) {
            upstream.connect();
        }
    }

    private void handle(Incoming request, Reply reply) throws IOException {
        var id = request.header("Mcp-Session-Id");
        boolean endpoint = request.path().equals(PATH);
        if (endpoint) {
            found = true;
        } else if (!found && !request.path().startsWith(WELL_KNOWN)) {
            recording.oddity("a client asked for " + Text.cut(request.path(), 120)
                    + ", which goes to the server as it is" + " and is not judged: its URL should be " + uri());
        }
        boolean asks = endpoint && request.method().equals("POST") && !faults.isEmpty() && asks(request);
        if (asks) {
            if (id.isPresent() && faults.peek() == Fault.GONE && faults.remove(Fault.GONE)) {
                dead.add(id.get());
                tell(Fault.GONE, "ended the session of ", reply);
            } else if (faults.peek() == Fault.BUSY && faults.remove(Fault.BUSY)) {
                tell(Fault.BUSY, "refused ", reply);
                reply.send(503, List.of(new Header("Retry-After", "1"), INJECTED), new byte[0]);
                return;
            }
        }
        if (endpoint && id.isPresent() && dead.contains(id.get())) {
            reply.send(
                    404,
                    List.of(new Header("Content-Type", "application/json"), INJECTED),
                    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"Session not found\"}}"
                            .getBytes(StandardCharsets.UTF_8));
            return;
        }
        var upstream = upstreams.computeIfAbsent(request.connection(), c -> new Upstream(server));
        try {
            upstream.relay(request, reply, (status, headers) -> {
                boolean cuts = asks && isStream(headers) && faults.peek() == Fault.CUT && faults.remove(Fault.CUT);
                if (cuts) {
                    tell(Fault.CUT, "cut the answer to ", reply);
                }
                return cuts;
            });
        } catch (IOException e) {
            upstream.close();
            if (!reply.hasBegun() && !reply.isOver()) {
                recording.oddity("the server could not be reached: " + e.getMessage());
                reply.send(
                        502,
                        List.of(PLAIN, INJECTED),
                        ("The recorder cannot reach the server: " + e.getMessage()).getBytes(StandardCharsets.UTF_8));
            } else {
                reply.cut();
            }
        }
    }

    /** A connection of a client that has ended needs none to the server any more. */
    private void end(int connection) {
        var upstream = upstreams.remove(connection);
        if (upstream != null) {
            try {
                upstream.close();
            } catch (IOException e) {
                // It is closed, then.
            }
        }
    }

    /**
     * Whether a POST has a request other than those of the opening. A client that is refused those has no session to go
     * on with, and ends.
     */
    private static boolean asks(Incoming request) {
        return Json.read(new String(request.body(), StandardCharsets.UTF_8)).stream()
                .flatMap(message -> Json.singly(List.of(message)).stream())
                .anyMatch(message -> Json.isRequest(message)
                        && !OPENING.contains(message.path("method").asString("")));
    }

    private void tell(Fault fault, String words, Reply reply) {
        var call = reply.call().snapshot();
        onFault.accept("injected " + fault + ": " + words + call.describe() + ", request " + (call.number() + 1));
    }

    private static boolean isStream(List<Header> headers) {
        return headers.stream()
                .anyMatch(h ->
                        h.name().equalsIgnoreCase("Content-Type") && h.value().startsWith("text/event-stream"));
    }

    private void admin(Incoming request, Reply reply) throws IOException {
        var fault = Fault.of(request.path().substring(ADMIN.length()));
        // A page in a browser can make it send a simple POST; it cannot leave out the Origin.
        boolean allowed =
                request.method().equals("POST") && request.header("Origin").isEmpty();
        if (fault.isPresent() && allowed) {
            faults.add(fault.get());
            reply.send(204, List.of(), new byte[0]);
            return;
        }
        var all = Arrays.stream(Fault.values()).map(f -> ADMIN + f).collect(Collectors.joining(", "));
        var text = fault.isEmpty()
                ? "No such fault. There are: POST " + all + "\n"
                : "A fault is asked for by POST, and by no page of a browser.\n";
        reply.send(
                fault.isEmpty() ? 404 : 405,
                fault.isEmpty() ? List.of(PLAIN) : List.of(PLAIN, new Header("Allow", "POST")),
                text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var upstream : upstreams.values()) {
            upstream.close();
        }
    }
}
