package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.havingExactly;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.post;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Servers that break the rules of the area required, one each. */
final class RequiredWrongServers {
    private static final String BY_FORM = "it forgets no session: whatever has the form of an id is served";

    private RequiredWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                proxied(
                        "a gateway answers 401 for a request without an id",
                        "required/missing-id-post",
                        "expected status 400 to a request without a session id, but got 401",
                        Proxied.stubbing(
                                ToyServer::new,
                                proxy -> proxy.stubFor(post(anyUrl())
                                        .withHeader(ToyServer.SESSION_HEADER, absent())
                                        .withRequestBody(matchingJsonPath("$.id"))
                                        .withRequestBody(matchingJsonPath("$[?(@.method != 'initialize')]"))
                                        .willReturn(aResponse().withStatus(401))))),
                WrongServer.toy(
                        "answers 200 with an error for a request without an id",
                        "required/missing-id-post",
                        "expected status 400 to a request without a session id, but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer missingId(Call call) {
                                return call.isRequest()
                                        ? Answer.json(200, error(call, -32000, "No session"))
                                        : super.missingId(call);
                            }
                        }),
                WrongServer.toy(
                        "accepts a notification without an id",
                        "required/missing-id-notification",
                        "expected status 400 to a notification without a session id, but got 202",
                        () -> new OnMissingId(call -> call.method().equals("POST") && !call.isRequest(), 202)),
                WrongServer.toy(
                        "opens a stream for a GET without an id",
                        "required/missing-id-get",
                        "expected status 400 to a GET without a session id, but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer missingId(Call call) {
                                return call.method().equals("GET")
                                        ? Answer.stream(": nobody in particular\n\n")
                                        : super.missingId(call);
                            }
                        }),
                proxied(
                        "answers 404 for a DELETE without an id",
                        "required/missing-id-delete",
                        "expected status 400 to a DELETE without a session id, but got 404",
                        Proxied.stubbing(
                                ToyServer::new,
                                proxy -> proxy.stubFor(delete(anyUrl())
                                        .withHeader(ToyServer.SESSION_HEADER, absent())
                                        .willReturn(aResponse().withStatus(404))))),
                WrongServer.toy(
                        "answers 400 for an id that it has not assigned",
                        "required/unknown-id-post",
                        "expected status 404 for an id that was never assigned, but got 400",
                        () -> new OnUnknownId(
                                ToyServer.Call::isRequest, call -> ToyServer.Answer.error(400, -32000, "Bad id"))),
                WrongServer.toy(
                        "asks for an assigned id in the handler of ping only",
                        "required/unknown-id-post",
                        "expected status 404 for an id that was never assigned, but got 200",
                        () -> new OnUnknownId(
                                call -> call.isRequest() && !call.called().equals("ping"),
                                call -> ToyServer.Answer.json(200, Json.response("of-nobody")))),
                WrongServer.toy(
                        "calls tools under an id that it has not assigned",
                        "required/unknown-id-post",
                        "expected status 404 for an id that was never assigned, but got 200",
                        () -> new OnUnknownId(
                                call -> call.called().equals("tools/call"),
                                call -> ToyServer.Answer.json(200, Json.response("of-nobody")))),
                WrongServer.toy(
                                "serves whatever looks like its ids: words and a UUID",
                                "required/unknown-id-post",
                                "expected status 404 for an id that was never assigned, but got 200",
                                () -> new ByForm("mcp-session-", ""))
                        .because(BY_FORM),
                WrongServer.toy(
                                "serves whatever looks like its ids: a UUID and the name of a node",
                                "required/unknown-id-post",
                                "expected status 404 for an id that was never assigned, but got 200",
                                () -> new ByForm("", ".eu-west-1"))
                        .because(BY_FORM),
                WrongServer.toy(
                                "believes whatever token is sent as an id",
                                "required/unknown-id-post",
                                "expected status 404 for an id that was never assigned, but got 200",
                                Tokens::new)
                        .because(BY_FORM),
                WrongServer.toy(
                        "accepts a notification with an id that it has not assigned",
                        "required/unknown-id-notification",
                        "expected status 404 for an id that was never assigned, but got 202",
                        () -> new OnUnknownId(
                                call -> call.method().equals("POST") && !call.isRequest(),
                                call -> ToyServer.Answer.of(202))),
                WrongServer.toy(
                        "opens a stream for an id that it has not assigned",
                        "required/unknown-id-get",
                        "expected status 404 for an id that was never assigned, but got 200",
                        () -> new OnUnknownId(
                                call -> call.method().equals("GET"),
                                call -> ToyServer.Answer.stream(": nobody in particular\n\n"))),
                WrongServer.toy(
                        "answers 204 for a DELETE with an id that it has not assigned",
                        "required/unknown-id-delete",
                        "expected status 404 for an id that was never assigned, but got 204",
                        () -> new OnUnknownId(
                                call -> call.method().equals("DELETE"), call -> ToyServer.Answer.of(204))),
                WrongServer.toy(
                        "compares ids without regard to case",
                        "required/id-opaque",
                        "expected the session id in capitals to name no session",
                        () -> new Finding(id -> known -> known.equalsIgnoreCase(id))),
                WrongServer.toy(
                        "compares only the first 32 characters of an id",
                        "required/id-opaque",
                        "expected the session id without its last character to name no session",
                        () -> new Finding(id -> known -> id.length() >= 32 && known.startsWith(id.substring(0, 32)))),
                WrongServer.toy(
                        "knows the session header in one spelling alone",
                        "required/header-name-any-case",
                        "expected a request with the header mcp-session-id to be served",
                        () -> new ToyServer() {
                            @Override
                            protected Answer answer(Call call) throws Exception {
                                var headers = call.exchange().getRequestHeaders();
                                for (HttpString name : Set.copyOf(headers.getHeaderNames())) {
                                    var text = name.toString();
                                    if (text.equalsIgnoreCase(SESSION_HEADER) && !text.equals(SESSION_HEADER)) {
                                        headers.remove(name);
                                    }
                                }
                                return super.answer(call);
                            }
                        }),
                WrongServer.toy(
                        "takes an empty id for a client of its own",
                        "required/empty-id",
                        "but got 200",
                        () -> new ToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return call.sessionId().equals(Optional.of("")) && call.isRequest()
                                        ? Answer.json(200, result(call, Json.object()))
                                        : super.unknownId(call);
                            }
                        }),
                WrongServer.toy(
                        "fails on an id longer than its column",
                        "required/long-id",
                        "a request with an id of 8 KiB to be refused with a 4xx, but got 500",
                        () -> new OnUnknownId(
                                call -> call.sessionId().orElse("").length() > 5000,
                                call -> ToyServer.Answer.error(
                                        500, -32603, "value too long for type character varying"))),
                proxied(
                        "a gateway drops control bytes",
                        "required/control-byte-id",
                        "a request with the byte 0x00 in the id of a live session to be refused with a 4xx, but got "
                                + "200",
                        Relayed.dropping(
                                ToyServer::new, b -> b < 0x20 && b != '\r' && b != '\n' && b != '\t' || b == 0x7F)),
                WrongServer.toy(
                        "fails on an id that it cannot decode",
                        "required/non-ascii-id",
                        "but got 500",
                        () -> new OnUnknownId(
                                call -> call.sessionId().orElse("").chars().anyMatch(c -> c > 0x7E),
                                call -> ToyServer.Answer.error(500, -32603, "UnicodeDecodeError"))),
                proxied(
                        "a gateway fails over two ids",
                        "required/two-ids",
                        "expected a request with two session ids to be served or refused, but got 500",
                        Proxied.stubbing(
                                ToyServer::new,
                                proxy -> proxy.stubFor(post(anyUrl())
                                        .withHeader(
                                                ToyServer.SESSION_HEADER, havingExactly(matching(".*"), matching(".*")))
                                        .willReturn(aResponse().withStatus(500))))));
    }

    private static WrongServer proxied(String name, String breaks, String says, ServerLauncher launcher) {
        return new WrongServer(name, breaks, says, launcher, Revision.V2025_11_25, UnaryOperator.identity());
    }

    /** Answers some calls without an id with another status. */
    private static final class OnMissingId extends ToyServer {
        private final Predicate<Call> which;
        private final int status;

        OnMissingId(Predicate<Call> which, int status) {
            this.which = which;
            this.status = status;
        }

        @Override
        protected Answer missingId(Call call) {
            return which.test(call) ? Answer.of(status) : super.missingId(call);
        }
    }

    /** Answers some calls with an id that it never assigned in its own way. */
    private static final class OnUnknownId extends ToyServer {
        private final Predicate<Call> which;
        private final Function<Call, Answer> how;
        private final Set<String> assigned = ConcurrentHashMap.newKeySet();

        OnUnknownId(Predicate<Call> which, Function<Call, Answer> how) {
            this.which = which;
            this.how = how;
        }

        @Override
        protected String newId() {
            var id = super.newId();
            assigned.add(id);
            return id;
        }

        @Override
        protected Answer unknownId(Call call) {
            boolean strange = call.sessionId().filter(assigned::contains).isEmpty();
            return strange && which.test(call) ? how.apply(call) : super.unknownId(call);
        }
    }

    /** Finds sessions by another comparison than equality. */
    private static final class Finding extends ToyServer {
        private final Function<String, Predicate<String>> matching;

        Finding(Function<String, Predicate<String>> matching) {
            this.matching = matching;
        }

        @Override
        protected ToySession find(Call call) {
            var exact = super.find(call);
            var matches = matching.apply(call.sessionId().orElse(""));
            return exact != null
                    ? exact
                    : sessions.entrySet().stream()
                            .filter(e -> matches.test(e.getKey()))
                            .map(Map.Entry::getValue)
                            .findFirst()
                            .orElse(null);
        }
    }

    /** Its ids are a UUID with something before or after, and all that it looks at is that. */
    private static final class ByForm extends ToyServer {
        private final String before;
        private final String after;

        ByForm(String before, String after) {
            this.before = before;
            this.after = after;
        }

        @Override
        protected String newId() {
            return before + super.newId() + after;
        }

        @Override
        protected ToySession find(Call call) {
            var id = call.sessionId().orElse("");
            boolean right = id.startsWith(before)
                    && id.endsWith(after)
                    && id.substring(before.length(), id.length() - after.length())
                            .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
            return right
                    ? sessions.computeIfAbsent(id, unknown -> new ToySession(unknown, Revision.V2025_11_25.wire()))
                    : null;
        }
    }

    /** Its ids are tokens with a signature that it does not check. */
    private static final class Tokens extends ToyServer {
        private static String encoded(String text) {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        protected String newId() {
            return encoded("{\"alg\":\"HS256\"}") + "." + encoded("{\"sid\":\"" + super.newId() + "\"}") + "."
                    + encoded(super.newId());
        }

        @Override
        protected ToySession find(Call call) {
            var parts = call.sessionId().orElse("").split("\\.");
            try {
                var claims = Json.read(new String(
                        Base64.getUrlDecoder().decode(parts.length == 3 ? parts[1] : ""), StandardCharsets.UTF_8));
                return claims.filter(c -> c.path("sid").asString("").length() == 36)
                        .map(c -> sessions.computeIfAbsent(
                                call.sessionId().get(), id -> new ToySession(id, Revision.V2025_11_25.wire())))
                        .orElse(null);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
    }
}
