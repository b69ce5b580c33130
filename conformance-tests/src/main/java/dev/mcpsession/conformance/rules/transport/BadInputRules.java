package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.http.Overlap;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.SessionIds;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;

/** Rules on input that no client should send: it is refused as the client's mistake, and harms nothing. */
public final class BadInputRules {
    private static final String SOURCE =
            "RFC 9110, section 15.5; compare basic/transports, Sending Messages to the Server, item 4";
    /** How long the head of a reply to HEAD may take. */
    private static final Duration HEAD = Duration.ofSeconds(1);

    /** How often a rule is tried that did not see what it must. */
    private static final int TRIES = 2;

    private static final String NOT_JSONRPC = "{\"hello\":\"world\"}";

    @Rule(
            id = "transport/parse-error-4xx",
            level = ADVICE,
            once = true,
            source = SOURCE,
            title = "A body that is no JSON is refused with 4xx or a JSON-RPC error")
    void parseError4xx(Client client) {
        mustBeRefused(client, Conversation.open(client), Json.CUT_OFF, "a body that is cut off in the middle");
    }

    @Rule(
            id = "transport/empty-body-4xx",
            level = ADVICE,
            once = true,
            source = SOURCE,
            title = "An empty body is refused with 4xx or a JSON-RPC error")
    void emptyBody4xx(Client client) {
        mustBeRefused(client, Conversation.open(client), "", "an empty body");
    }

    @Rule(
            id = "transport/not-jsonrpc-4xx",
            level = ADVICE,
            once = true,
            source = SOURCE,
            title = "JSON that is no JSON-RPC message is refused with 4xx or a JSON-RPC error")
    void notJsonrpc4xx(Client client) {
        var talk = Conversation.open(client);
        for (var body : new String[] {NOT_JSONRPC, "42", "\"ping\"", "null"}) {
            mustBeRefused(client, talk, body, "the body " + body);
        }
    }

    private static void mustBeRefused(Client client, Conversation talk, String body, String what) {
        var exchange = talk.post(body).open();
        var expected = "4xx or a JSON-RPC error in answer to " + what;
        if (!exchange.answered()) {
            throw new Suspicion(
                    expected,
                    "no reply came"
                            + (exchange.failure().isEmpty()
                                    ? " within " + Moment.words(client.patience())
                                    : ": the connection was closed"),
                    exchange);
        }
        int status = talk.status(exchange);
        if (status / 100 == 2) {
            exchange.await(() -> exchange.error().isPresent(), client.patience());
        } else {
            exchange.awaitEnd(client.patience());
        }
        exchange.mustHave(
                status / 100 == 4 || status / 100 == 2 && exchange.error().isPresent(),
                expected,
                "got " + exchange.describeReply());
    }

    @Rule(
            id = "transport/bad-input-harmless",
            level = ADVICE,
            requires = SESSIONS,
            title = "A request that is refused does not end its session",
            source = "experience: one malformed message from a client should not cost it its session")
    void badInputHarmless(Client client) {
        var session = client.open();
        session.mustBeAlive("at first");
        for (var bad : List.of(
                new Bad("a body that is no JSON", client.post(Json.CUT_OFF)),
                new Bad("JSON that is no JSON-RPC message", client.post(NOT_JSONRPC)),
                new Bad(
                        "a request with an invalid MCP-Protocol-Version",
                        invalidVersion(client.post(client.request("ping")))),
                new Bad("a request with the Origin of another site", foreign(client.post(client.request("ping")))),
                new Bad(
                        "a request without Accept",
                        client.post(client.request("ping")).without("Accept")),
                new Bad(
                        "a request whose Content-Type is text/plain",
                        client.post(client.request("ping")).header("Content-Type", "text/plain")),
                new Bad("a GET that accepts no event stream", client.get().header("Accept", "application/json")),
                new Bad("a GET with the Origin of another site", foreign(client.get())),
                new Bad("an empty body", client.post("")),
                new Bad(
                        "a request whose MCP-Protocol-Version is that of another revision",
                        client.post(client.request("ping"))
                                .header(
                                        Client.VERSION_HEADER,
                                        client.revision() == Revision.V2025_06_18
                                                ? Revision.V2025_03_26.wire()
                                                : Revision.V2025_06_18.wire())),
                new Bad("a batch", client.post(Json.batch(client.request("ping")))),
                new Bad(
                        "a PUT",
                        client.plain("PUT")
                                .header("Content-Type", "application/json")
                                .body(client.request("ping"))))) {
            send(bad.request().in(session));
            session.mustBeAlive("after " + bad.words());
        }
        var delete = invalidVersion(session.delete()).send();
        if (delete.answered() && delete.status() / 100 == 4) {
            session.mustBeAlive("after a DELETE with an invalid MCP-Protocol-Version was refused");
        }
    }

    /** A request that a server may refuse, in words. */
    private record Bad(String words, Request request) {}

    private static Request invalidVersion(Request request) {
        return request.header(Client.VERSION_HEADER, "not-a-version");
    }

    private static Request foreign(Request request) {
        return request.header("Origin", "http://attacker.example");
    }

    /** Whatever it is answered, a stream is not waited for. */
    private static void send(Request request) {
        if (request.method().equals("GET")) {
            request.peek();
        } else {
            request.send();
        }
    }

    @Rule(
            id = "transport/bad-input-ends-no-call",
            dependsOn = {
                "transport/bad-input-harmless",
                "transport/initialized-again-harmless",
                "concurrency/own-requests-harmless"
            },
            level = ADVICE,
            once = true,
            sessions = 2,
            requires = {SESSIONS, SLOW_TOOL},
            title = "A request that is refused, or a notification that comes again, ends no call of its session",
            source = "experience: one malformed message from a client should not cost it the work in progress")
    void badInputEndsNoCall(Client client) {
        client.tries(TRIES, () -> badInputBesideCall(client));
    }

    private static Exchange badInputBesideCall(Client client) {
        var session = client.open();
        var other = client.open();
        var undisturbed = other.slowCall().start();
        var call = session.slowCall().start();
        client.pause(client.underWay());
        var bad = List.of(
                client.post(Json.CUT_OFF),
                client.post(NOT_JSONRPC),
                invalidVersion(client.post(client.request("ping"))),
                client.post(Json.notification("notifications/initialized")));
        // At once, since a server that serves one request after the other answers when the call is over.
        var sent = client.sendAll(bad.size(), i -> bad.get(i).in(session));
        Overlap.mustEndLike(
                undisturbed,
                call,
                session,
                other,
                "a call in flight, beside requests of its session that are refused, and the initialized notification"
                        + " once more");
        for (var exchange : sent) {
            Overlap.mustHaveMet(client, call, exchange.sentAt(), exchange.sentAt(), "other requests came");
        }
        return call;
    }

    @Rule(
            id = "transport/initialized-again-harmless",
            level = CONTRACT,
            requires = SESSIONS,
            title = "The initialized notification that comes a second time does not end its session",
            source = "session contract, point 13")
    void initializedAgainHarmless(Client client) {
        var session = client.open();
        session.mustBeAlive("at first");
        for (int i = 0; i < 2; i++) {
            session.post(Json.notification("notifications/initialized")).send();
            session.mustBeAlive("after the initialized notification came again");
        }
    }

    @Rule(
            id = "transport/unknown-method-harmless",
            level = CONTRACT,
            requires = SESSIONS,
            title = "A request for something that the server does not have does not end its session",
            source = "session contract, point 13")
    void unknownMethodHarmless(Client client) {
        var session = client.open();
        session.mustBeAlive("at first");
        var missing = client.callOfNoTool();
        for (var message : List.of(client.request("no/such-method"), Json.notification("no/such-notice"), missing)) {
            session.post(message).send();
            session.mustBeAlive("after " + message.get("method").asString()
                    + (message == missing ? " with the name of no tool" : ", which no server knows"));
        }
        for (var method : List.of("prompts/list", "resources/list", "resources/templates/list")) {
            session.post(client.request(method)).send();
            session.mustBeAlive("after " + method);
        }
        var bare = client.callOfNoTool();
        bare.withObject("params").remove("arguments");
        session.post(bare).send();
        session.mustBeAlive("after tools/call without arguments");
        var page = client.request("tools/list");
        page.withObject("params").put("cursor", "kit-no-such-cursor");
        session.post(page).send();
        session.mustBeAlive("after tools/list with a cursor that was never given");
        // Clients send these, and may be late: for a request that is over, or a capability that is of no use here.
        var progress = Json.notification("notifications/progress");
        progress.putObject("params").put("progressToken", "kit-nobody-asked").put("progress", 1);
        for (var message : List.of(progress, Json.notification("notifications/roots/list_changed"))) {
            var what = message.get("method").asString() + ", which nobody waits for";
            var reply = session.post(message).send();
            session.mustBeAlive("after " + what);
            reply.mustHave(
                    !reply.answered() || reply.status() < 500 || reply.isOverload(),
                    "no failure of the server for " + what,
                    "got " + reply.describeReply());
        }
    }

    @Rule(
            id = "transport/no-stack-trace",
            level = ADVICE,
            once = true,
            title = "The refusal of a request shows no stack trace",
            source = "experience: the client can make nothing of it, and an attacker learns the libraries and their "
                    + "versions")
    void noStackTrace(Client client) {
        var talk = Conversation.open(client);
        var unknown = talk.session().map(s -> SessionIds.similarTo(s.id())).orElse("no-such-session");
        for (var request : List.of(
                talk.post(Json.CUT_OFF),
                talk.post(NOT_JSONRPC),
                talk.post("null"),
                talk.ping().without("Accept"),
                talk.ping().header(Client.VERSION_HEADER, "not-a-version"),
                client.post(client.request("ping")),
                client.post(client.request("ping")).withSessionId(unknown),
                client.delete().withSessionId(unknown),
                talk.request("no/such/method"))) {
            var reply = request.send();
            if (!reply.answered()) {
                continue;
            }
            var trace = StackTraces.find(reply.body());
            reply.mustHave(
                    trace.isEmpty(),
                    "no stack trace in the reply to " + reply.describe(),
                    "status " + reply.status() + " with " + trace.orElse(""));
        }
    }

    @Rule(
            id = "transport/other-methods-harmless",
            level = CONTRACT,
            once = true,
            requires = SESSIONS,
            title = "A request with a method that the transport does not define does not end its session",
            source = "session contract, point 15")
    void otherMethodsHarmless(Client client) {
        var session = client.open();
        session.mustBeAlive("at first");
        for (var method : List.of("HEAD", "OPTIONS", "PUT", "PATCH")) {
            var exchange = client.plain(method).in(session).raw().start();
            // A server may serve HEAD like GET, and send no head before there is an event.
            exchange.awaitHead(client.patienceUpTo(HEAD));
            exchange.close();
            session.mustBeAlive("after " + method + " with its id");
        }
    }

    @Rule(
            id = "transport/other-methods-rejected",
            dependsOn = "transport/other-methods-harmless",
            level = ADVICE,
            once = true,
            title = "Methods that the transport does not define are refused",
            source = "basic/transports: POST, GET and DELETE are all there is")
    void otherMethodsRejected(Client client) {
        var talk = Conversation.open(client);
        for (var method : new String[] {"PUT", "PATCH"}) {
            var exchange = talk.in(client.plain(method))
                    .header("Content-Type", "application/json")
                    .body(client.request("ping"))
                    .send();
            int status = talk.status(exchange);
            exchange.mustHave(
                    status / 100 == 4 || status == 501,
                    "status 405 in answer to " + method,
                    "got " + exchange.describeReply());
        }
    }
}
