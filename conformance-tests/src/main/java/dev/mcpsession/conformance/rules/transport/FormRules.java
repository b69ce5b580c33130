package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.LENGTH_REQUIRED;
import static dev.mcpsession.conformance.judgement.Unless.NO_WEB_PAGE;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Requests in other forms than the usual: however a message is sent, it is read whole. */
public final class FormRules {
    private static final String POINT_15 = "session contract, point 15";
    private static final List<Integer> LENGTHS = List.of(5_000, 20_000, 64_000);
    private static final int PIECES = 4;
    /** So often a request that ends its connection is sent: some servers answer most of them. */
    private static final int LOOKS = 4;

    private static final Duration HEAD = Duration.ofSeconds(2);

    // ---- how a body comes ----

    @Rule(
            id = "transport/chunked-body-served",
            level = MUST,
            once = true,
            unless = LENGTH_REQUIRED,
            title = "A body that comes in chunks, without a Content-Length, is read completely",
            source = "RFC 9112, sections 6.1 and 7.1")
    void chunkedBodyServed(Client client) {
        var talk = Conversation.open(client);
        served(talk, talk.ping().raw().keepingAlive().send(), "at first");
        for (int chunks : new int[] {1, PIECES}) {
            var exchange =
                    talk.ping().raw().keepingAlive().inPieces(chunks).chunked().send();
            if (exchange.answered() && exchange.status() == 411) {
                throw RuleAbortedException.notApplicable(LENGTH_REQUIRED);
            }
            mustBeRead(
                    talk,
                    exchange,
                    "a request whose body comes in " + (chunks == 1 ? "one chunk" : chunks + " chunks"));
        }
    }

    @Rule(
            id = "transport/body-in-pieces-served",
            level = MUST,
            once = true,
            title = "A body that comes in several pieces is read completely",
            source = "RFC 9112, section 6.3")
    void bodyInPiecesServed(Client client) {
        var talk = Conversation.open(client);
        served(talk, talk.ping().raw().keepingAlive().send(), "at first");
        // The head alone first, then the body; then the body in pieces too.
        for (int pieces : new int[] {1, PIECES}) {
            mustBeRead(
                    talk,
                    talk.ping().raw().keepingAlive().inPieces(pieces).send(),
                    "a request whose body comes after its head, in "
                            + (pieces == 1 ? "one piece" : pieces + " pieces"));
        }
    }

    @Rule(
            id = "transport/closing-connection-served",
            level = MUST,
            once = true,
            dependsOn = {"transport/chunked-body-served", "transport/body-in-pieces-served"},
            title = "A request with Connection: close is answered before the server closes the connection",
            source = "RFC 9112, section 9.6")
    void closingConnectionServed(Client client) {
        var talk = Conversation.open(client);
        served(talk, talk.ping().raw().keepingAlive().send(), "at first");
        for (int i = 0; i < LOOKS; i++) {
            mustBeRead(talk, talk.ping().raw().send(), "a request with Connection: close");
            mustBeRead(
                    talk,
                    talk.ping().raw().inPieces(1).send(),
                    "a request with Connection: close whose body comes after its head");
        }
    }

    @Rule(
            id = "transport/long-body-served",
            level = CONTRACT,
            once = true,
            title = "A body of some kilobytes is read completely, or refused with 413",
            source = POINT_15)
    void longBodyServed(Client client) {
        var talk = Conversation.open(client);
        served(talk, talk.ping().send(), "at first");
        for (int length : LENGTHS) {
            var ping = client.request("ping");
            ping.putObject("params").putObject("_meta").put("dev.mcpsession/padding", "x".repeat(length));
            var exchange = talk.post(ping).send();
            if (exchange.answered() && exchange.status() == 413) {
                client.note("a body of " + length + " bytes is refused with 413");
                return;
            }
            mustBeRead(talk, exchange, "a request of " + length + " bytes");
        }
    }

    private static void served(Conversation talk, Exchange exchange, String when) {
        talk.served(exchange);
        if (exchange.response().isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    exchange.describe() + " was not answered " + when + ": " + exchange.describeReply());
        }
    }

    private static void mustBeRead(Conversation talk, Exchange exchange, String what) {
        var expected = what + " to be answered like any other";
        exchange.mustReply(expected);
        exchange.mustHave(talk.status(exchange) / 100 == 2, expected, "got " + exchange.describeReply());
        if (talk.responseTo(exchange, talk.client().patience()).isEmpty()) {
            throw new Suspicion(expected, "no response came: " + exchange.describeReply(), exchange);
        }
    }

    // ---- what a message holds ----

    @Rule(
            id = "transport/null-id-refused",
            level = MUST,
            once = true,
            title = "A request whose id is null is not taken for a notification",
            source = "basic, Requests and Notifications: JSON-RPC 2.0, section 4.1")
    void nullIdRefused(Client client) {
        var talk = Conversation.open(client);
        var ping = Json.notification("ping").putNull("id");
        var exchange = talk.post(ping).send();
        exchange.mustHave(
                talk.status(exchange) != 202,
                "a request with the id null to be refused, or answered",
                "got 202, as for a notification");
    }

    @Rule(
            id = "transport/jsonrpc-version",
            level = MUST,
            title = "Every response says that it is JSON-RPC 2.0",
            source = "basic, Messages: JSON-RPC 2.0, section 5")
    void jsonrpcVersion(Client client) {
        var talk = Conversation.open(client);
        int seen = 0;
        for (var exchange : List.of(
                talk.opening(),
                talk.ping().send(),
                talk.request("tools/list").send(),
                talk.request("no/such/method").send())) {
            for (var message : Json.singly(exchange.messages())) {
                if (Json.isResponse(message)) {
                    seen++;
                    exchange.mustHave(
                            Json.isVersion2(message),
                            "\"jsonrpc\":\"2.0\" in the response to " + exchange.describe(),
                            "got " + exchange.excerpt(message.toString()));
                }
            }
        }
        if (seen == 0) {
            throw RuleAbortedException.inconclusive("no response came");
        }
    }

    @Rule(
            id = "transport/ping-result-empty",
            level = MUST,
            once = true,
            title = "The result of a ping is empty",
            source = "basic/utilities/ping, Behavior Requirements")
    void pingResultEmpty(Client client) {
        var talk = Conversation.open(client);
        var ping = talk.served(talk.ping().send());
        var result = ping.result()
                .orElseThrow(
                        () -> RuleAbortedException.inconclusive("ping brings no result: see transport/ping-answered"));
        // Members that any result may carry.
        boolean empty = result.isObject() && result.propertyNames().stream().allMatch("_meta"::equals);
        ping.mustHave(empty, "an empty result in answer to ping", "got " + ping.excerpt(result.toString()));
    }

    // ---- other methods ----

    @Rule(
            id = "transport/head-answered",
            dependsOn = "transport/other-methods-harmless",
            level = CONTRACT,
            once = true,
            unless = LATE_HEAD,
            title = "HEAD is answered with a head, and does not hang",
            source = POINT_15 + "; RFC 9110, section 9.3.2")
    void headAnswered(Client client) {
        if (client.capabilities().getStatus() == 0) {
            throw RuleAbortedException.notApplicable(LATE_HEAD);
        }
        var talk = Conversation.open(client);
        var head = talk.in(client.plain("HEAD"))
                .header("Accept", "text/event-stream")
                .raw()
                .start();
        if (!head.awaitHead(client.patienceUpTo(HEAD)) && head.failure().isEmpty()) {
            throw new Suspicion("HEAD with the id of a live session to be answered", "no reply came in time", head);
        }
        head.mustNotBeOverload("HEAD to be answered");
        head.mustHave(
                !head.answered() || head.status() < 500 || head.status() == 501,
                "a status under 500, or 501, in answer to HEAD",
                "got " + head.describeReply());
        talk.served(talk.ping().send());
    }

    // ---- browsers ----

    @Rule(
            id = "transport/browsers-served",
            level = ADVICE,
            once = true,
            sessions = 2,
            unless = NO_WEB_PAGE,
            title = "A web page whose Origin the server serves can use all of the transport (CORS)",
            source = "the Fetch standard, CORS protocol: what a browser asks before it lets a page speak to a server")
    void browsersServed(Client client) {
        var talk = Conversation.open(client);
        for (var origin : origins(client)) {
            var ping = talk.ping().header("Origin", origin).send();
            if (talk.status(ping) / 100 != 2) {
                continue;
            }
            var preflight = preflight(talk, origin, "POST");
            if (!allows(ping, origin) && !allows(preflight, origin)) {
                continue;
            }
            mustServe(talk, origin, ping, preflight);
            return;
        }
        throw RuleAbortedException.notApplicable(
                NO_WEB_PAGE, "it allows none of the origins " + String.join(", ", origins(client)));
    }

    /** Origins that a local server may let in: its own, and those of pages that are served on this machine. */
    private static List<String> origins(Client client) {
        var uri = client.uri();
        return List.of(uri.getScheme() + "://" + uri.getRawAuthority(), "http://localhost:6274", "http://localhost");
    }

    private static Exchange preflight(Conversation talk, String origin, String method) {
        // A browser sends no credentials and no session with it.
        return talk.client()
                .anonymous()
                .plain("OPTIONS")
                .header("Origin", origin)
                .header("Access-Control-Request-Method", method)
                .header("Access-Control-Request-Headers", String.join(",", needed(talk.client())))
                .send();
    }

    private static List<String> needed(Client client) {
        return client.target().headers().stream().anyMatch(h -> h.name().equalsIgnoreCase("Authorization"))
                ? List.of("content-type", "mcp-session-id", "mcp-protocol-version", "authorization")
                : List.of("content-type", "mcp-session-id", "mcp-protocol-version");
    }

    private static boolean allows(Exchange exchange, String origin) {
        return exchange.header("Access-Control-Allow-Origin")
                .map(a -> a.equals("*") || a.equals(origin))
                .orElse(false);
    }

    private static void mustServe(Conversation talk, String origin, Exchange ping, Exchange preflight) {
        var client = talk.client();
        var from = " for a page of " + origin;
        preflight.mustHave(
                preflight.status() / 100 == 2 && allows(preflight, origin),
                "the preflight of POST to be granted" + from,
                "got " + preflight.describeReply() + ", with Access-Control-Allow-Origin "
                        + preflight.header("Access-Control-Allow-Origin").orElse("missing"));
        for (var header : needed(client)) {
            boolean allowed = names(
                    preflight,
                    "Access-Control-Allow-Headers",
                    n -> n.equalsIgnoreCase(header) || n.equals("*") && !header.equals("authorization"));
            preflight.mustHave(
                    allowed,
                    "the header " + header + " to be allowed" + from,
                    "Access-Control-Allow-Headers is "
                            + preflight.header("Access-Control-Allow-Headers").orElse("missing"));
        }
        ping.mustHave(
                allows(ping, origin),
                "Access-Control-Allow-Origin on replies" + from,
                "it is " + ping.header("Access-Control-Allow-Origin").orElse("missing"));
        if (client.capabilities().deleteOffered()) {
            var delete = preflight(talk, origin, "DELETE");
            delete.mustHave(
                    delete.status() / 100 == 2
                            && names(
                                    delete,
                                    "Access-Control-Allow-Methods",
                                    n -> n.equalsIgnoreCase("DELETE") || n.equals("*")),
                    "DELETE to be allowed" + from,
                    "got " + delete.describeReply() + ", with Access-Control-Allow-Methods "
                            + delete.header("Access-Control-Allow-Methods").orElse("missing"));
        }
        if (client.capabilities().sessions()) {
            var opening =
                    client.post(client.initialize()).header("Origin", origin).send();
            opening.sessionId().ifPresent(id -> client.adopt(id, opening));
            if (opening.status() == 200
                    && opening.sessionId().isPresent()
                    && !names(
                            opening,
                            "Access-Control-Expose-Headers",
                            n -> n.equalsIgnoreCase(Client.SESSION_HEADER) || n.equals("*"))) {
                throw new Violation(
                        "Mcp-Session-Id to be exposed" + from,
                        "Access-Control-Expose-Headers is "
                                + opening.header("Access-Control-Expose-Headers")
                                        .orElse("missing"),
                        opening);
            }
        }
    }

    private static boolean names(Exchange exchange, String header, Predicate<String> wanted) {
        return exchange.headerValues(header).stream()
                .flatMap(v -> List.of(v.split(",")).stream())
                .anyMatch(name -> wanted.test(name.strip()));
    }
}
