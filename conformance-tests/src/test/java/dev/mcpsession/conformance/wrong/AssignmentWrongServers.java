package dev.mcpsession.conformance.wrong;

import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.http.HttpHeaders;
import com.github.tomakehurst.wiremock.http.Response;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area assignment, one each. */
final class AssignmentWrongServers {
    private AssignmentWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                proxied(
                        "every 202 carries a fresh session id",
                        "assignment/id-on-initialize",
                        "the reply to POST notifications/initialized carries another-",
                        Proxied.changing(
                                ToyServer::new,
                                (request, response) -> response.getStatus() != 202
                                        ? response
                                        : withSessionId(response, "another-" + UUID.randomUUID()))),
                proxied(
                        "the response to initialize carries two session ids",
                        "assignment/id-on-initialize",
                        "expected one session id on the response to initialize",
                        Proxied.changing(
                                ToyServer::new,
                                (request, response) -> response.getHeaders()
                                                .getHeader(ToyServer.SESSION_HEADER)
                                                .isPresent()
                                        ? withSessionId(response, "another-" + UUID.randomUUID())
                                        : response)),
                WrongServer.toy(
                        "ids contain a space", "assignment/id-visible-ascii", "contains 0x20", () -> new ToyServer() {
                            @Override
                            protected String newId() {
                                return "session " + super.newId();
                            }
                        }),
                WrongServer.toy(
                        "ids contain an umlaut", "assignment/id-visible-ascii", "contains 0xFC", () -> new ToyServer() {
                            @Override
                            protected String newId() {
                                return "f\u00FCr-" + super.newId();
                            }
                        }),
                WrongServer.toy(
                        "openings that overlap get the same id",
                        "assignment/id-unique",
                        "was assigned twice",
                        () -> new ToyServer() {
                            private volatile String next;

                            @Override
                            protected String newId() {
                                next = super.newId();
                                pause(30);
                                return next;
                            }
                        }),
                WrongServer.toy(
                        "ids count up",
                        "assignment/id-unpredictable",
                        "differ by multiples of 1: ",
                        () -> new ToyServer() {
                            private final AtomicInteger last = new AtomicInteger(
                                    ThreadLocalRandom.current().nextInt(1 << 30));

                            @Override
                            protected String newId() {
                                return String.valueOf(last.incrementAndGet());
                            }
                        }),
                WrongServer.toy(
                        "ids are made of the time and a small random number",
                        "assignment/id-unpredictable",
                        "bits differ between the ids",
                        () -> new ToyServer() {
                            @Override
                            protected String newId() {
                                return "mcp-" + System.currentTimeMillis() + "-"
                                        + (100_000 + ThreadLocalRandom.current().nextInt(900_000));
                            }
                        }),
                WrongServer.toy(
                        "ids come from a generator with a fixed seed",
                        "assignment/id-not-repeated-after-restart",
                        "was assigned by two servers",
                        () -> new ToyServer() {
                            private final Random random = new Random(42);

                            @Override
                            protected synchronized String newId() {
                                return new UUID(random.nextLong(), random.nextLong()).toString();
                            }
                        }),
                WrongServer.toy(
                        "adopts the id that a client offers",
                        "assignment/id-not-chosen-by-client",
                        "opened a session of that id",
                        () -> new ToyServer() {
                            private final ThreadLocal<Optional<String>> offered =
                                    ThreadLocal.withInitial(Optional::empty);

                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                offered.set(call.sessionId().filter(id -> !sessions.containsKey(id)));
                                return super.initialize(call);
                            }

                            @Override
                            protected String newId() {
                                return offered.get().orElseGet(super::newId);
                            }
                        }),
                WrongServer.toy(
                        "an initialize with a live id ends that session",
                        "assignment/live-id-on-initialize",
                        "after an initialize that carried its id",
                        () -> new ToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                if (call.sessionId().isPresent() && find(call) != null) {
                                    delete(call);
                                }
                                return super.initialize(call);
                            }
                        }),
                WrongServer.toy(
                        "an initialize in a session puts it back before initialized",
                        "assignment/live-id-on-initialize",
                        "its tools/list, served before, was answered 200 with body",
                        () -> new ToyServer() {
                            private final Set<ToySession> begun = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var session = call.sessionId().isPresent() ? find(call) : null;
                                if (session == null) {
                                    return super.initialize(call);
                                }
                                begun.add(session);
                                return again(call, session);
                            }

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                if (session == null) {
                                    return super.serve(call, null);
                                }
                                if (call.called().equals("notifications/initialized")) {
                                    begun.remove(session);
                                }
                                return call.called().equals("tools/list") && begun.contains(session)
                                        ? reply(
                                                call,
                                                error(
                                                        call,
                                                        -32602,
                                                        "Received request before initialization was complete"))
                                        : super.serve(call, session);
                            }
                        }),
                WrongServer.toy(
                        "a second initialize begins the session anew",
                        "assignment/second-initialize",
                        "begins the same session anew",
                        () -> new ToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var session = call.sessionId().isPresent() ? find(call) : null;
                                return session == null ? super.initialize(call) : again(call, session);
                            }
                        }),
                WrongServer.toy(
                                "a DELETE ends every session",
                                "assignment/sessions-independent",
                                "to live after session B was ended",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer delete(Call call) throws Exception {
                                        var answer = super.delete(call);
                                        if (answer.status() == 204) {
                                            sessions.values().stream()
                                                    .filter(s -> s.end(false, 0))
                                                    .forEach(this::forget);
                                        }
                                        return answer;
                                    }
                                })
                        .because("whatever any rule ends takes the sessions of all others along"),
                WrongServer.toy(
                        "DELETE ends the sessions that were opened with the next request id too",
                        "assignment/sessions-independent",
                        "expected session C to live after session B was ended",
                        () -> new ToyServer() {
                            private final Map<String, Integer> requests = new ConcurrentHashMap<>();

                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var answer = super.initialize(call);
                                Optional.ofNullable(answer.headers().get(SESSION_HEADER))
                                        .ifPresent(id -> requests.put(
                                                id, call.message().path("id").asInt(0)));
                                return answer;
                            }

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                var answer = super.delete(call);
                                int next =
                                        requests.getOrDefault(call.sessionId().orElse(""), 0) + 1;
                                // The first is what most rules open, and they delete it at the end.
                                sessions.values().stream()
                                        .filter(s -> next > 2 && requests.getOrDefault(s.id, 0) == next)
                                        .filter(s -> answer.status() == 204 && s.end(false, 0))
                                        .forEach(this::forget);
                                return answer;
                            }
                        }),
                WrongServer.toy(
                        "a request without an id opens a session before it is refused",
                        "assignment/refused-initialize-leaves-nothing",
                        "a ping with that id was served",
                        () -> new ToyServer() {
                            @Override
                            protected Answer missingId(Call call) {
                                return super.missingId(call)
                                        .with(SESSION_HEADER, openSession(Revision.V2025_11_25.wire()).id);
                            }
                        }),
                WrongServer.toy(
                        "begins anew for an opening, and only then looks whether it can",
                        "assignment/refused-initialize-ends-no-session",
                        "of another client was refused with status 400 and error -32600",
                        () -> new EndsAllSessions(call -> call.called().equals("initialize")
                                && !call.message().path("params").has("protocolVersion"))),
                WrongServer.toy(
                        "closes all that it has when a client accepts none of its answers",
                        "assignment/refused-initialize-ends-no-session",
                        "of another client was refused with status 400 and error -32600",
                        () -> new EndsAllSessions(call -> call.called().equals("initialize")
                                && call.exchange()
                                        .getRequestHeaders()
                                        .getFirst(Headers.ACCEPT)
                                        .equals("text/html"))),
                WrongServer.toy(
                        "a refusal carries the id of a session that was given up",
                        "assignment/refused-initialize-carries-no-id",
                        "carries the id ",
                        () -> new ToyServer() {
                            @Override
                            protected Answer missingId(Call call) {
                                return super.missingId(call).with(SESSION_HEADER, newId());
                            }
                        }),
                WrongServer.toy(
                        "the initialized notification is answered 204",
                        "assignment/initialized-202",
                        "expected status 202 to the initialized notification, but got 204",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return Answer.of(call.called().equals("notifications/initialized") ? 204 : 202);
                            }
                        }),
                WrongServer.toy(
                        "the initialized notification is answered with an empty object",
                        "assignment/initialized-without-body",
                        "the body is {}",
                        () -> new ToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.called().equals("notifications/initialized")
                                        ? Answer.json(202, Json.object())
                                        : super.accepted(call, session);
                            }
                        }),
                WrongServer.toy(
                        "agrees to any revision",
                        "assignment/version-negotiated",
                        "the server offers 1999-12-31",
                        () -> new OnInitialize((asked, result) -> result.put("protocolVersion", asked))),
                WrongServer.toy(
                        "offers a revision that it does not speak",
                        "assignment/version-negotiated",
                        "asked for it, the server offers 2025-11-25",
                        () -> new OnInitialize((asked, result) -> {
                            if (asked.endsWith("-12-31")) {
                                result.put("protocolVersion", "2024-11-05");
                            }
                        })),
                WrongServer.toy(
                        "fails when asked for an unknown revision",
                        "assignment/version-negotiated",
                        "but got 500",
                        () -> new ToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var asked = call.message()
                                        .path("params")
                                        .path("protocolVersion")
                                        .asString("");
                                return supports(asked)
                                        ? super.initialize(call)
                                        : Answer.error(500, -32603, "Internal error");
                            }
                        }),
                WrongServer.toy(
                        "offers its oldest revision",
                        "assignment/latest-version-offered",
                        "expected 2025-11-25, which the server speaks, but the server offers 2025-03-26",
                        () -> new OnInitialize((asked, result) -> {
                            if (Revision.find(asked).isEmpty()) {
                                result.put("protocolVersion", asked.equals("2025-03-26") ? asked : "2025-03-26");
                            }
                        })));
    }

    private static WrongServer proxied(String name, String breaks, String says, ServerLauncher launcher) {
        return new WrongServer(name, breaks, says, launcher, Revision.V2025_11_25, UnaryOperator.identity());
    }

    private static Response withSessionId(Response response, String id) {
        return Response.Builder.like(response)
                .but()
                .headers(HttpHeaders.copyOf(response.getHeaders()).plus(new HttpHeader(ToyServer.SESSION_HEADER, id)))
                .build();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A toy server that changes the result of initialize. */
    private static class OnInitialize extends ToyServer {
        private final BiConsumer<String, ObjectNode> change;

        /** @param change given the revision that was asked for, and the result */
        OnInitialize(BiConsumer<String, ObjectNode> change) {
            this.change = change;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            if (call.called().equals("initialize") && message.get("result") instanceof ObjectNode result) {
                change.accept(
                        call.message().path("params").path("protocolVersion").asString(""), result);
            }
            return super.reply(call, message);
        }
    }

    /** Ends all sessions before it answers some calls. */
    private static final class EndsAllSessions extends ToyServer {
        private final Predicate<Call> when;

        EndsAllSessions(Predicate<Call> when) {
            this.when = when;
        }

        @Override
        protected Answer post(Call call) throws Exception {
            if (when.test(call)) {
                for (var session : List.copyOf(sessions.values())) {
                    session.end(false, 0);
                    forget(session);
                }
                return Answer.error(400, -32600, "This opens no session");
            }
            return super.post(call);
        }
    }
}
