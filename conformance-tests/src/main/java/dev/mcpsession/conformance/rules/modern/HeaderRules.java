package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.target.SlowTool;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** The headers that repeat what the body says, and what becomes of a request whose headers say something else. */
public final class HeaderRules {
    private static final String PAGE = "basic/transports/streamable-http, ";
    private static final String VALIDATION = PAGE + "Server Validation";
    private static final int HEADER_MISMATCH = -32020;
    private static final int UNSUPPORTED_VERSION = -32022;
    /** A version that no server can support. */
    private static final String NO_VERSION = "1999-12-31";
    /** The first version in which clients send the version as a header. */
    private static final String FIRST_WITH_HEADER = "2025-06-18";

    // ---- the version ----

    @Rule(id = "modern/version-header-required", level = MUST, eras = MODERN,
            title = "A request without MCP-Protocol-Version is answered 400, by a server that serves no clients older"
                    + " than that header",
            source = PAGE + "Protocol Version Header")
    void versionHeaderRequired(Client client) {
        Calls.needDiscovery(client);
        if (client.capabilities().dualEra()) {
            for (var old : List.of(V2025_03_26.wire(), "2024-11-05")) {
                needNoVersionBeforeTheHeader(client.speaking(V2025_03_26), old);
            }
        }
        Calls.mustBeRefused(discover(client, r -> r.without(Client.VERSION_HEADER)), 400,
                "for a request without the header MCP-Protocol-Version");
    }

    private static void needNoVersionBeforeTheHeader(Client legacy, String version) {
        var opening = legacy.post(legacy.initialize(version)).send();
        opening.sessionId().ifPresent(id -> legacy.delete().withSessionId(id).purpose("clean-up").send());
        var offered = opening.result().map(r -> r.path("protocolVersion").asString("")).orElse("");
        if (!offered.isEmpty() && offered.compareTo(FIRST_WITH_HEADER) < 0) {
            throw RuleAbortedException.notApplicable("the server speaks " + offered
                    + ", which has no such header, so it may take a request without one as of that age");
        }
    }

    @Rule(id = "modern/version-mismatch-400", level = MUST, eras = MODERN,
            title = "A request whose MCP-Protocol-Version differs from the version in its metadata is answered 400",
            source = PAGE + "Protocol Version Header")
    void versionMismatch400(Client client) {
        Calls.needDiscovery(client);
        var because = "for a request whose header and metadata name different versions";
        Calls.mustBeRefused(client.post(withVersion(client, V2025_11_25.wire())).send(), 400, because);
        Calls.mustBeRefused(discover(client, r -> r.header(Client.VERSION_HEADER, NO_VERSION)), 400, because);
    }

    private static ObjectNode withVersion(Client client, String version) {
        var message = client.request(Calls.DISCOVER);
        Calls.meta(message).put(Client.META_PREFIX + "protocolVersion", version);
        return message;
    }

    // ---- the method ----

    @Rule(id = "modern/method-header-required", level = MUST, eras = MODERN,
            title = "A request without Mcp-Method is answered 400",
            source = VALIDATION)
    void methodHeaderRequired(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(discover(client, r -> r.without(Client.METHOD_HEADER)), 400,
                "for a request without the header Mcp-Method");
    }

    @Rule(id = "modern/method-header-mismatch-400", level = MUST, eras = MODERN,
            title = "A request whose Mcp-Method differs from its method is answered 400",
            source = VALIDATION)
    void methodHeaderMismatch400(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(discover(client, r -> r.header(Client.METHOD_HEADER, Calls.LIST)), 400,
                "for a call of server/discover whose Mcp-Method says tools/list");
    }

    @Rule(id = "modern/header-values-exact-case", level = MUST, eras = MODERN,
            title = "A request whose Mcp-Method differs from its method in case alone is answered 400",
            source = PAGE + "Case Sensitivity")
    void headerValuesExactCase(Client client) {
        Calls.needDiscovery(client);
        Calls.mustBeRefused(discover(client, r -> r.header(Client.METHOD_HEADER, "SERVER/DISCOVER")), 400,
                "for a call of server/discover whose Mcp-Method says SERVER/DISCOVER");
    }

    @Rule(id = "modern/header-names-any-case", level = MUST, eras = MODERN,
            title = "The names of the headers count in any case",
            source = PAGE + "Case Sensitivity")
    void headerNamesAnyCase(Client client) {
        Calls.needDiscovery(client);
        for (var form : List.<UnaryOperator<String>>of(s -> s.toLowerCase(Locale.ROOT), s -> s.toUpperCase(Locale.ROOT))) {
            var reply = discover(client, r -> r
                    .header(form.apply(Client.VERSION_HEADER), client.revision().wire())
                    .header(form.apply(Client.METHOD_HEADER), Calls.DISCOVER));
            Calls.mustBeServed(reply, "with the header names " + form.apply(Client.VERSION_HEADER) + " and "
                    + form.apply(Client.METHOD_HEADER));
        }
    }

    // ---- the code ----

    @Rule(id = "modern/header-mismatch-code", level = MUST, eras = MODERN,
            title = "What is refused for its headers is refused with the error -32020",
            source = VALIDATION)
    void headerMismatchCode(Client client) {
        Calls.needDiscovery(client);
        mustHaveCode(discover(client, r -> r.header(Client.METHOD_HEADER, Calls.LIST)), Set.of(HEADER_MISMATCH),
                "for a call of server/discover whose Mcp-Method says tools/list");
        mustHaveCode(discover(client, r -> r.without(Client.METHOD_HEADER)), Set.of(HEADER_MISMATCH),
                "for a request without the header Mcp-Method");
        // Of two versions the server may well support one alone, and which of the two faults it names is open.
        mustHaveCode(client.post(withVersion(client, V2025_11_25.wire())).send(),
                Set.of(HEADER_MISMATCH, UNSUPPORTED_VERSION),
                "for a request whose header and metadata name different versions");
    }

    private static void mustHaveCode(Exchange reply, Set<Integer> codes, String because) {
        if (Calls.whole(reply).status() == 200 && reply.result().isPresent()) {
            throw RuleAbortedException.inconclusive(reply.describe() + " was served, " + because);
        }
        reply.mustHave(Calls.code(reply).filter(codes::contains).isPresent(),
                "a JSON-RPC error with the code " + HEADER_MISMATCH + " " + because, "got " + Calls.describe(reply));
    }

    // ---- the name ----

    @Rule(id = "modern/name-header-required", level = MUST, eras = MODERN,
            title = "A call of a tool without Mcp-Name is answered 400",
            source = VALIDATION)
    void nameHeaderRequired(Client client) {
        mustBeRefusedForItsName(client, r -> r.without(Client.NAME_HEADER), "for a call of a tool without Mcp-Name");
    }

    @Rule(id = "modern/name-header-mismatch-400", level = MUST, eras = MODERN,
            title = "A call of a tool whose Mcp-Name says another name is answered 400",
            source = VALIDATION)
    void nameHeaderMismatch400(Client client) {
        mustBeRefusedForItsName(client, r -> r.header(Client.NAME_HEADER, "another-name"),
                "for a call of a tool whose Mcp-Name says another name");
        mustBeRefusedForItsName(client, r -> r.header(Client.NAME_HEADER, Client.encoded("another-name")),
                "for a call of a tool whose Mcp-Name says another name, encoded");
    }

    @Rule(id = "modern/malformed-encoding-400", level = MUST, eras = MODERN,
            title = "A call of a tool whose Mcp-Name is encoded wrongly is answered 400",
            source = VALIDATION + "; " + PAGE + "Value Encoding")
    void malformedEncoding400(Client client) {
        mustBeRefusedForItsName(client, r -> r.header(Client.NAME_HEADER, "=?base64?%%%?="),
                "for a call of a tool whose Mcp-Name holds no Base64");
        mustBeRefusedForItsName(client, r -> r.header(Client.NAME_HEADER, "=?base64?/w==?="),
                "for a call of a tool whose Mcp-Name holds no UTF-8");
        mustBeRefusedForItsName(client, r -> r.header(Client.NAME_HEADER,
                        Client.encoded(callable(client).name()).replace("base64", "BASE64")),
                "for a call of a tool whose Mcp-Name has the markers of the encoding in capitals");
    }

    /** A tool that the kit may call, or else one that there is not. */
    private static SlowTool callable(Client client) {
        return client.target().slowTool().filter(t -> client.capabilities().tools().contains(t.name()))
                .orElseGet(() -> new SlowTool(Calls.UNKNOWN_TOOL, Json.object()));
    }

    private static void mustBeRefusedForItsName(Client client, UnaryOperator<Request> headers, String because) {
        Calls.needTools(client);
        Calls.needDiscovery(client);
        var tool = callable(client);
        var reply = headers.apply(client.post(client.call(tool.name(), tool.arguments()))).open();
        if (!reply.isEventStream()) {
            reply.awaitEnd(client.patience());
        }
        if (tool.name().equals(Calls.UNKNOWN_TOOL)) {
            // That the tool is unknown may be found first, and may be answered with any status.
            Calls.status(reply);
            if (!Calls.code(reply).equals(Optional.of(HEADER_MISMATCH))) {
                throw RuleAbortedException.notTestable("whether the header or the name of the tool was refused cannot be told"
                        + " without a tool that may be called: see --slow-tool");
            }
        }
        Calls.mustBeRefused(reply, 400, because);
        reply.close();
    }

    @Rule(id = "modern/encoded-name-accepted", level = MUST, eras = MODERN,
            title = "An Mcp-Name that is encoded is decoded before it is compared",
            source = PAGE + "Value Encoding")
    void encodedNameAccepted(Client client) {
        Calls.needDiscovery(client);
        Calls.needTools(client);
        // No tool is called: how the server answers for an unknown one is seen first.
        var plain = client.post(client.call(Calls.UNKNOWN_TOOL, Json.object())).send();
        Calls.whole(plain);
        if (Calls.code(plain).filter(c -> c == HEADER_MISMATCH).isPresent()) {
            throw RuleAbortedException.inconclusive("the server refuses a plain Mcp-Name too");
        }
        mustBeAnsweredAs(plain, client.post(client.call(Calls.UNKNOWN_TOOL, Json.object()))
                .header(Client.NAME_HEADER, Client.encoded(Calls.UNKNOWN_TOOL)).send());
        mustBeAnsweredAs(plain, client.post(client.call(Calls.UNKNOWN_TOOL + "-\u4e16\u754c", Json.object())).send());
    }

    private static void mustBeAnsweredAs(Exchange plain, Exchange encoded) {
        int status = Calls.whole(encoded).status();
        boolean mismatch = Calls.code(encoded).filter(c -> c == HEADER_MISMATCH).isPresent();
        encoded.mustHave(!mismatch && (status != 400 || plain.status() == 400),
                "an encoded Mcp-Name to be taken as a plain one, for which the server answered "
                        + Calls.describe(plain),
                "got " + Calls.describe(encoded));
    }

    // ---- requests ----

    private static Exchange discover(Client client, UnaryOperator<Request> headers) {
        return headers.apply(client.post(client.request(Calls.DISCOVER))).send();
    }
}
