package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.MODERN_ONLY;
import static dev.mcpsession.conformance.judgement.Unless.MODERN_ONLY_OR_INITIALIZE;
import static dev.mcpsession.conformance.judgement.Unless.NO_MODERN_REQUEST;
import static dev.mcpsession.conformance.judgement.Unless.NO_QUESTION_ANSWERED;
import static dev.mcpsession.conformance.judgement.Unless.NO_QUESTION_WITHOUT_STATE;
import static dev.mcpsession.conformance.judgement.Unless.NO_QUESTION_WITH_STATE;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.MirroredParameter;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Rules for clients of 2026-07-28. */
final class ModernRules {
    private static final String META = "io.modelcontextprotocol/";
    private static final Set<String> NAMED = Set.of("tools/call", "prompts/get", "resources/read");
    private static final long TWO_SECONDS = Duration.ofSeconds(2).toNanos();
    private static final long TEN_SECONDS = Duration.ofSeconds(10).toNanos();
    private static final int MANY_EQUAL = 3;
    private static final Set<String> MIRRORED_TYPES = Set.of("integer", "string", "boolean");

    // ---- headers and metadata ----

    @Rule(
            id = "client/modern-version-header",
            level = MUST,
            eras = MODERN,
            title = "Every request has the header MCP-Protocol-Version",
            source = "basic/transports/streamable-http, Protocol Version Header")
    void versionHeader(ClientUnderTest client) {
        // Which headers a notification has is left open (Sending Messages).
        for (var call : Messages.requests(client, client.play(Scripts.PLAIN))) {
            if (call.header(Call.VERSION).isEmpty()) {
                throw client.violation(
                        "MCP-Protocol-Version: " + client.revision(), call.describe() + " has no such header", call);
            }
        }
    }

    @Rule(
            id = "client/modern-version-header-matches",
            level = MUST,
            eras = MODERN,
            title = "The header MCP-Protocol-Version is the revision in the metadata",
            source = "basic/transports/streamable-http, Protocol Version Header")
    void versionHeaderMatches(ClientUnderTest client) {
        int looked = 0;
        for (var call : Messages.posts(client, client.play(Scripts.PLAIN))) {
            if (call.header(Call.VERSION).isPresent() && call.metaVersion().isPresent()) {
                looked++;
                if (!call.header(Call.VERSION).equals(call.metaVersion())) {
                    throw client.violation(
                            "MCP-Protocol-Version: " + call.metaVersion().get() + ", as in the metadata",
                            call.describe() + " says "
                                    + call.header(Call.VERSION).get(),
                            call);
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notTestable("no request has the revision in both its header and its metadata");
        }
    }

    @Rule(
            id = "client/modern-method-header",
            level = MUST,
            eras = MODERN,
            title = "Every request has its method in the header Mcp-Method",
            source = "basic/transports/streamable-http, Standard Request Headers")
    void methodHeader(ClientUnderTest client) {
        for (var call : Messages.requests(client, client.play(Scripts.PLAIN))) {
            if (!call.header("Mcp-Method").equals(call.rpc())) {
                throw client.violation(
                        "Mcp-Method: " + call.rpc().orElse(""),
                        call.header("Mcp-Method")
                                .map(h -> "it is " + h)
                                .orElse(call.describe() + " has no such header"),
                        call);
            }
        }
    }

    @Rule(
            id = "client/modern-name-header",
            level = MUST,
            eras = MODERN,
            title = "Calls of tools, prompts and resources have their name in the header Mcp-Name",
            source = "basic/transports/streamable-http, Standard Request Headers")
    void nameHeader(ClientUnderTest client) {
        if (client.isLive()) {
            client.prepare(Scripts.NAMES);
        }
        var traces = client.isLive()
                ? List.of(client.play(Scripts.PLAIN), client.play(Scripts.NAMES))
                : List.of(client.play(Scripts.PLAIN));
        int looked = 0;
        for (var trace : traces) {
            for (var call : named(client, trace)) {
                looked++;
                var sent = call.header("Mcp-Name");
                if (sent.isEmpty()) {
                    throw client.violation(
                            "Mcp-Name: " + encoded(name(call)), call.describe() + " has no such header", call);
                }
                // Values that should have been encoded are another rule's business.
                if (isSafe(name(call)) && !decoded(sent.get()).equals(Optional.of(name(call)))) {
                    throw client.violation("Mcp-Name: " + name(call), "it is " + sent.get(), call);
                }
            }
        }
        if (looked == 0) {
            throw RuleAbortedException.notTestable("the client called no tool, prompt or resource");
        }
    }

    @Rule(
            id = "client/modern-name-encoded",
            level = MUST,
            eras = MODERN,
            title = "A name that no header can carry is sent in Base64",
            source = "basic/transports/streamable-http, Value Encoding")
    void nameEncoded(ClientUnderTest client) {
        var unsafe = named(client, client.play(Scripts.NAMES)).stream()
                .filter(c -> !isSafe(name(c)) && c.header("Mcp-Name").isPresent())
                .toList();
        if (unsafe.isEmpty()) {
            throw RuleAbortedException.notTestable("the client called nothing whose name needs encoding");
        }
        for (var call : unsafe) {
            mustBeEncoded(client, true, call, "Mcp-Name", name(call));
        }
    }

    private static List<Call> named(ClientUnderTest client, Trace trace) {
        return Messages.of(client, trace).stream()
                .filter(Call::isRequest)
                .filter(c -> c.rpc().filter(NAMED::contains).isPresent())
                .toList();
    }

    private static String name(Call call) {
        return call.params().path(call.calls("resources/read") ? "uri" : "name").asString("");
    }

    private static void mustBeEncoded(ClientUnderTest client, boolean proven, Call call, String header, String value) {
        var sent = call.header(header).get();
        if (!isSentinel(sent) || !decoded(sent).equals(Optional.of(value))) {
            Sessions.found(client, proven, header + ": " + encoded(value), "it is " + printable(sent), call);
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7E]", "?");
    }

    /** Whether a header can carry the text as it is. */
    private static boolean isSafe(String text) {
        return text.matches("[\\x21-\\x7E]([\\x20-\\x7E\\t]*[\\x21-\\x7E])?|") && !isSentinel(text);
    }

    private static boolean isSentinel(String text) {
        return text.startsWith("=?base64?") && text.endsWith("?=") && text.length() >= "=?base64??=".length();
    }

    private static String encoded(String text) {
        return isSafe(text)
                ? text
                : "=?base64?" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "?=";
    }

    private static Optional<String> decoded(String sent) {
        if (!isSentinel(sent)) {
            return Optional.of(sent);
        }
        try {
            return Optional.of(new String(
                    Base64.getDecoder().decode(sent.substring("=?base64?".length(), sent.length() - 2)),
                    StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    // ---- mirrored parameters ----

    /** @param proven whether the client that made the call is known to have read the list */
    private record Mirrored(Call call, MirroredParameter parameter, Optional<String> value, boolean proven) {}

    /** @param in the call that listed the tool */
    private record Listed(Call in, List<MirroredParameter> parameters) {
        boolean isReadBefore(Call call) {
            return in.responseAt().orElse(in.answeredAt()) < call.beganAt();
        }
    }

    /** The mirrored parameters of all calls of tools whose definition the client had listed. */
    private static List<Mirrored> mirrored(ClientUnderTest client, Trace trace) {
        var found = new ArrayList<Mirrored>();
        var listed = new HashMap<JsonNode, Listed>();
        for (var call : Messages.of(client, trace)) {
            if (call.calls("tools/list")) {
                call.result()
                        .ifPresent(r -> r.path("tools")
                                .forEach(t -> listed.put(
                                        t.path("name"),
                                        new Listed(
                                                call,
                                                isRight(t.path("inputSchema"))
                                                        ? MirroredParameter.of(t.path("inputSchema"))
                                                        : List.of()))));
            } else if (call.calls("tools/call")) {
                var tool = listed.get(call.params().path("name"));
                if (tool != null && tool.isReadBefore(call)) {
                    // In a trace, it may be another client that listed the tools.
                    boolean proven = client.isLive() || tool.in().connection() == call.connection();
                    tool.parameters()
                            .forEach(p -> found.add(
                                    new Mirrored(call, p, p.value(call.params().path("arguments")), proven)));
                }
            }
        }
        if (found.isEmpty()) {
            throw RuleAbortedException.notTestable("the client called no tool whose parameters are to be mirrored");
        }
        return found;
    }

    /** Whether all annotations are as they must be: a client leaves out a tool for which they are not. */
    private static boolean isRight(JsonNode inputSchema) {
        var names = new ArrayList<String>();
        return hasRightTypes(inputSchema, names)
                && names.stream().distinct().count() == names.size()
                && inputSchema.findValues("x-mcp-header").size() == names.size();
    }

    private static boolean hasRightTypes(JsonNode schema, List<String> names) {
        for (var property : schema.path("properties")) {
            var name = property.path("x-mcp-header");
            if (!name.isMissingNode()) {
                if (!name.isString()
                        || !MirroredParameter.isToken(name.asString())
                        || !MIRRORED_TYPES.contains(property.path("type").asString(""))) {
                    return false;
                }
                names.add(name.asString().toLowerCase(Locale.ROOT));
            }
            if (!hasRightTypes(property, names)) {
                return false;
            }
        }
        return true;
    }

    @Rule(
            id = "client/modern-parameters-mirrored",
            level = MUST,
            eras = MODERN,
            title = "Parameters that a tool marks are sent in headers",
            source = "basic/transports/streamable-http, Custom Headers from Tool Parameters, Client Behavior")
    void parametersMirrored(ClientUnderTest client) {
        var given = mirrored(client, client.play(Scripts.MIRRORED)).stream()
                .filter(m -> m.value().isPresent())
                .toList();
        if (given.isEmpty()) {
            throw RuleAbortedException.notTestable("the client gave no value to a parameter that is to be mirrored");
        }
        for (var m : given) {
            var sent = m.call().header(m.parameter().header());
            var expectation = m.parameter().header() + ": " + encoded(m.value().get());
            if (sent.isEmpty()) {
                Sessions.found(client, m.proven(), expectation, m.call().describe() + " has no such header", m.call());
            } else if (isSafe(m.value().get())
                    && !decoded(sent.get())
                            .filter(s -> equal(s, m.value().get()))
                            .isPresent()) {
                Sessions.found(client, m.proven(), expectation, "it is " + printable(sent.get()), m.call());
            }
        }
    }

    /** Numbers are compared as numbers. */
    private static boolean equal(String sent, String value) {
        if (sent.equals(value)) {
            return true;
        }
        try {
            return value.matches("-?[0-9.eE+-]+") && Double.parseDouble(sent) == Double.parseDouble(value);
        } catch (NumberFormatException e) {
            return false;
        }
    }

    @Rule(
            id = "client/modern-parameters-encoded",
            level = MUST,
            eras = MODERN,
            title = "A parameter that no header can carry is sent in Base64",
            source = "basic/transports/streamable-http, Value Encoding")
    void parametersEncoded(ClientUnderTest client) {
        var unsafe = mirrored(client, client.play(Scripts.MIRRORED)).stream()
                .filter(m -> m.value().filter(v -> !isSafe(v)).isPresent()
                        && m.call().header(m.parameter().header()).isPresent())
                .toList();
        if (unsafe.isEmpty()) {
            throw RuleAbortedException.notTestable("the client mirrored no value that needs encoding");
        }
        unsafe.forEach(m -> mustBeEncoded(
                client, m.proven(), m.call(), m.parameter().header(), m.value().get()));
    }

    @Rule(
            id = "client/modern-absent-parameters-omitted",
            level = MUST,
            eras = MODERN,
            title = "A parameter that is null or absent has no header",
            source = "basic/transports/streamable-http, Server Behavior for Custom Headers")
    void absentOmitted(ClientUnderTest client) {
        var absent = mirrored(client, client.play(Scripts.MIRRORED)).stream()
                .filter(m -> m.value().isEmpty())
                .filter(m -> !value(m).isContainer())
                .toList();
        if (absent.isEmpty()) {
            throw RuleAbortedException.notTestable("the client left out no parameter that would be mirrored");
        }
        for (var m : absent) {
            var sent = m.call().header(m.parameter().header());
            if (sent.isPresent()) {
                Sessions.found(
                        client,
                        m.proven(),
                        "no header " + m.parameter().header() + ", since the parameter is null or absent",
                        "it is " + printable(sent.get()),
                        m.call());
            }
        }
    }

    private static JsonNode value(Mirrored m) {
        JsonNode value = m.call().params().path("arguments");
        for (var name : m.parameter().path()) {
            value = value.path(name);
        }
        return value;
    }

    @Rule(
            id = "client/modern-invalid-tools-excluded",
            level = MUST,
            eras = MODERN,
            title = "A tool whose x-mcp-header is broken is not offered",
            source = "basic/transports/streamable-http, Schema Extension")
    void invalidToolsExcluded(ClientUnderTest client) {
        var calls = Messages.of(client, client.playOnStage(Scripts.INVALID_TOOLS)).stream()
                .filter(c -> c.calls("tools/call"))
                .toList();
        calls.stream().filter(c -> name(c).startsWith("invalid_")).findFirst().ifPresent(c -> {
            throw client.violation("the tool to be left out of the list", "the client called " + name(c), c);
        });
        if (calls.stream().noneMatch(c -> name(c).equals("valid_tool"))) {
            throw RuleAbortedException.notTestable("the client did not call the tools that it listed");
        }
    }

    // ---- messages ----

    @Rule(
            id = "client/modern-meta",
            level = MUST,
            eras = MODERN,
            title = "Every request has the revision and the capabilities of the client in its metadata",
            source = "basic, _meta, Per-request protocol fields")
    void meta(ClientUnderTest client) {
        for (var call : Messages.requests(client, client.play(Scripts.PLAIN))) {
            var meta = call.params().path("_meta");
            if (!meta.path(META + "protocolVersion").isString()) {
                throw client.violation(
                        META + "protocolVersion in _meta", call.describe() + " has " + shown(meta), call);
            }
            if (!meta.path(META + "clientCapabilities").isObject()) {
                throw client.violation(
                        META + "clientCapabilities in _meta", call.describe() + " has " + shown(meta), call);
            }
        }
    }

    private static String shown(JsonNode meta) {
        return meta.isMissingNode() ? "no _meta" : meta.toString();
    }

    @Rule(
            id = "client/modern-client-info",
            level = SHOULD,
            eras = MODERN,
            title = "Every request has the client's name and version in its metadata",
            source = "basic, _meta, Per-request protocol fields")
    void clientInfo(ClientUnderTest client) {
        for (var call : Messages.requests(client, client.play(Scripts.PLAIN))) {
            var info = call.params().path("_meta").path(META + "clientInfo");
            if (!info.isObject()) {
                throw client.violation(
                        META + "clientInfo in _meta",
                        call.describe() + " has " + shown(call.params().path("_meta")),
                        call);
            }
        }
    }

    @Rule(
            id = "client/modern-no-responses",
            level = MUST,
            eras = MODERN,
            title = "A client posts no responses",
            source = "basic/transports/streamable-http, Sending Messages, item 4")
    void noResponses(ClientUnderTest client) {
        if (client.isLive()) {
            client.prepare(Scripts.INPUT_REQUIRED);
        }
        postsNoResponse(client, client.play(Scripts.PLAIN));
        if (client.isLive()) {
            // There the server has a question, for which a result is the place.
            client.tryPlay(Scripts.INPUT_REQUIRED).ifPresent(trace -> postsNoResponse(client, trace));
        }
    }

    @Rule(
            id = "client/modern-request-unanswered",
            level = ADVICE,
            eras = MODERN,
            title = "A request in an event stream, where the server may send none, is not answered",
            source = "basic/transports/streamable-http, Sending Messages, item 4, and Receiving Messages: who answers "
                    + "breaks one, but a server that asks has broken the other")
    void requestUnanswered(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.MODERN_PING);
        if (trace.modern().noneMatch(c -> c.calls("tools/call"))) {
            throw RuleAbortedException.notTestable("the client made no call, in whose answer the request could come");
        }
        postsNoResponse(client, trace);
    }

    private static void postsNoResponse(ClientUnderTest client, Trace trace) {
        Messages.posts(client, trace);
        boolean modernOnly = trace.openings().isEmpty();
        trace.endpoint()
                .filter(Call::isPost)
                .filter(c -> c.messages().stream().anyMatch(Json::isResponse))
                .filter(c -> c.isModern() || modernOnly && (client.isLive() || !isLegacy(c)))
                .findFirst()
                .ifPresent(c -> {
                    // A trace may begin when clients of earlier revisions are there, which say nothing of it.
                    Sessions.found(
                            client,
                            client.isLive() || c.isModern(),
                            "requests and notifications only",
                            "the client posted " + c.body(),
                            c);
                });
    }

    /** Whether a call without metadata is of a revision with sessions. */
    private static boolean isLegacy(Call call) {
        return call.sessionId().isPresent()
                || call.header(Call.VERSION)
                        .flatMap(Revision::find)
                        .filter(Revision::isLegacy)
                        .isPresent();
    }

    @Rule(
            id = "client/modern-unknown-result-type",
            level = MUST,
            eras = MODERN,
            title = "A result of an unknown type is no success",
            source = "basic, ResultType")
    void unknownResultType(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.UNKNOWN_RESULT_TYPE);
        var call = trace.first(c -> c.calls("tools/call"))
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        var output = client.outcome(trace).output();
        if (output.lines().anyMatch(l -> l.startsWith("ok call"))) {
            throw client.violation(
                    "the call to fail, since its result is of the type banana", "the client reported success", call);
        }
        if (output.lines().noneMatch(l -> l.startsWith("failed call"))) {
            throw RuleAbortedException.notTestable("the client does not print what came of its steps");
        }
    }

    @Rule(
            id = "client/modern-timeout-closes",
            level = SHOULD,
            eras = MODERN,
            waits = true,
            title = "A client that gives up a request closes its stream",
            source = "basic/patterns/cancellation, Timeouts and Transport-Specific Cancellation")
    void timeoutCloses(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.NEVER_ANSWERED);
        var call = trace.first(c -> c.calls("tools/call"))
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        Messages.mustNotBeSentAgain(trace, call);
        var next = trace.after(call)
                .filter(c -> c.isRequest() && c.beganAt() - call.arrivedAt() > TWO_SECONDS)
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.notTestable("the client was not seen to give the call up;"
                        + " one that takes steps (MCP_SESSION_STEPS) has a timeout for it"));
        if (call.ending() != Ending.ABANDONED || call.endedAt() > next.beganAt() + TWO_SECONDS) {
            throw client.suspicion(
                    "the stream of the call to be closed once the client gave it up",
                    "it was still open when the client went on with " + next.describe(),
                    next);
        }
    }

    // ---- eras ----

    @Rule(
            id = "client/modern-error-stays-modern",
            level = SHOULD,
            eras = MODERN,
            title = "An error that only a modern server sends does not lead to initialize",
            source = "basic/transports/streamable-http, Backward Compatibility")
    void errorStaysModern(ClientUnderTest client) {
        client.prepare(Scripts.REFUSED_ONCE, Scripts.MISMATCH);
        for (var script : List.of(Scripts.REFUSED_ONCE, Scripts.MISMATCH)) {
            var trace = client.playOnStage(script);
            var refused = trace.first(
                    c -> c.endpoint() && c.status() == 400 && c.error().isPresent() && c.isModern());
            if (refused.isEmpty()) {
                continue;
            }
            trace.after(refused.get())
                    .filter(c -> c.endpoint() && c.calls("initialize"))
                    .findFirst()
                    .ifPresent(c -> {
                        throw client.violation(
                                "no initialize after the error "
                                        + refused.get().error().get().path("code"),
                                "the client takes the server for one with sessions",
                                c);
                    });
        }
    }

    @Rule(
            id = "client/modern-refused-version-dropped",
            level = SHOULD,
            eras = MODERN,
            unless = NO_MODERN_REQUEST,
            title = "A revision that the server does not support is not asked for again and again",
            source = "basic/versioning, Protocol Version Negotiation")
    void refusedVersionDropped(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.ONLY_OLD);
        var refused = trace.modern().filter(c -> c.status() == 400).toList();
        if (refused.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_MODERN_REQUEST);
        }
        for (var equal : refused.stream()
                .collect(Collectors.groupingBy(
                        c -> List.of(c.rpc(), c.metaVersion(), c.params()), LinkedHashMap::new, Collectors.toList()))
                .values()) {
            var repeated = Sessions.oneByOne(equal);
            for (int i = 0; i + MANY_EQUAL < repeated.size(); i++) {
                long first = repeated.get(i).beganAt();
                if (repeated.get(i + MANY_EQUAL).beganAt() - first < TEN_SECONDS) {
                    // Not each of several clients has been told.
                    Sessions.found(
                            client,
                            client.isLive(),
                            "another revision, or an error, after the server named those that it supports",
                            "the client sent " + repeated.get(i).describe() + " of the same revision "
                                    + repeated.stream()
                                            .skip(i)
                                            .filter(c -> c.beganAt() - first < TEN_SECONDS)
                                            .count()
                                    + " times",
                            repeated.get(i + MANY_EQUAL));
                }
            }
        }
    }

    @Rule(
            id = "client/modern-falls-back",
            level = ADVICE,
            eras = MODERN,
            unless = MODERN_ONLY,
            title = "A client of both eras falls back whichever 4xx an old server answers",
            source = "basic/transports/streamable-http, Backward Compatibility")
    void fallsBack(ClientUnderTest client) {
        var scripts = List.of(Scripts.OLD_SERVER, Scripts.OLD_SERVER_EMPTY_400, Scripts.OLD_SERVER_404);
        scripts.forEach(client::prepare);
        if (scripts.stream().map(client::playOnStage).noneMatch(ModernRules::initializes)) {
            throw RuleAbortedException.notApplicable(MODERN_ONLY);
        }
        for (var script : scripts) {
            var trace = client.playOnStage(script);
            if (!initializes(trace) && trace.modern().findAny().isPresent()) {
                throw client.suspicion(
                        "initialize after the server had answered "
                                + (script == Scripts.OLD_SERVER_404 ? "404" : "400 without an error of this revision"),
                        "none came",
                        trace.modern().reduce((a, b) -> b).get());
            }
        }
    }

    private static boolean initializes(Trace trace) {
        return trace.legacy().anyMatch(c -> c.calls("initialize"));
    }

    @Rule(
            id = "client/modern-era-remembered",
            level = SHOULD,
            eras = MODERN,
            unless = MODERN_ONLY_OR_INITIALIZE,
            title = "A client of both eras remembers that a server is an old one",
            source = "basic/versioning, Backward Compatibility with Initialization-Based Versions")
    void eraRemembered(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.OLD_SERVER);
        var openings = trace.openings();
        if (openings.isEmpty() || trace.modern().findAny().isEmpty()) {
            throw RuleAbortedException.notApplicable(MODERN_ONLY_OR_INITIALIZE);
        }
        // A second client object may look for itself.
        var opening = openings.get(0).call();
        var later = trace.after(opening)
                .filter(c -> c.endpoint() && c.isModern() && opening.endedAt() != 0 && c.beganAt() > opening.endedAt())
                .toList();
        if (later.size() >= openings.size() && !later.isEmpty()) {
            throw client.suspicion(
                    "no request of this revision once initialize was answered",
                    later.get(0).describe() + " came",
                    later.get(0));
        }
    }

    @Rule(
            id = "client/modern-mismatch-relists",
            level = SHOULD,
            eras = MODERN,
            title = "A call whose headers did not match is tried again after tools/list alone",
            source = "basic/transports/streamable-http, Client Behavior")
    void mismatchRelists(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.MISMATCH);
        var refused = trace.first(c -> c.calls("tools/call") && c.status() == 400)
                .orElseThrow(() -> RuleAbortedException.notTestable("the client made no call"));
        var again = trace.after(refused)
                .filter(c -> c.calls("tools/call")
                        && c.beganAt() > refused.endedAt()
                        && c.params().path("name").equals(refused.params().path("name"))
                        && c.params().path("arguments").equals(refused.params().path("arguments"))
                        && Messages.sameClient(client, trace, refused, c))
                .findFirst()
                .orElseThrow(() -> RuleAbortedException.notTestable("the client did not make the call again"));
        if (trace.after(refused).noneMatch(c -> c.calls("tools/list") && c.number() < again.number())) {
            throw client.suspicion("tools/list before the call is made again", "it was made at once", again);
        }
    }

    // ---- what is gone ----

    @Rule(
            id = "client/modern-no-session-id",
            level = ADVICE,
            eras = MODERN,
            waits = true,
            title = "A client keeps no session id",
            source = "basic/transports/streamable-http, Earlier Streamable HTTP Revisions")
    void noSessionId(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.RELICS);
        Messages.some(
                trace.modern().filter(c -> c.assignedId().isPresent()).toList(), "no reply with a session id was sent");
        trace.modern().filter(c -> c.sessionId().isPresent()).findFirst().ifPresent(c -> {
            throw client.violation(
                    "no Mcp-Session-Id", c.describe() + " has " + c.sessionId().get(), c);
        });
    }

    @Rule(
            id = "client/modern-no-get-or-delete",
            level = ADVICE,
            eras = MODERN,
            title = "A client sends neither GET nor DELETE",
            source = "basic/transports/streamable-http, Earlier Streamable HTTP Revisions")
    void noGetOrDelete(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.PLAIN);
        Messages.posts(client, trace);
        trace.endpoint().filter(c -> c.isGet() || c.isDelete()).findFirst().ifPresent(c -> {
            throw client.violation("POST only", "the client sent " + c.method(), c);
        });
    }

    @Rule(
            id = "client/modern-no-resumption",
            level = ADVICE,
            eras = MODERN,
            waits = true,
            title = "A client does not resume streams",
            source = "basic/transports/streamable-http, Receiving Messages")
    void noResumption(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.RELICS);
        Messages.some(
                trace.modern()
                        .filter(c -> c.events().stream().anyMatch(e -> e.id().isPresent()))
                        .toList(),
                "the client made no call");
        trace.endpoint()
                .filter(c -> c.header(Call.LAST_EVENT_ID).isPresent())
                .findFirst()
                .ifPresent(c -> {
                    throw client.violation(
                            "no Last-Event-ID",
                            c.describe() + " has "
                                    + c.header(Call.LAST_EVENT_ID).get(),
                            c);
                });
    }

    // ---- questions of the server ----

    /**
     * A call that the server answered with a question, and the one that the client made then.
     *
     * @param proven whether the second is known to answer the first
     */
    private record Retry(Call first, Optional<String> state, Call second, boolean proven) {}

    private static List<Retry> retries(ClientUnderTest client, Trace trace) {
        var found = new ArrayList<Retry>();
        trace.modern()
                .filter(c -> c.calls("tools/call"))
                .collect(Collectors.groupingBy(c -> c.params().path("name"), LinkedHashMap::new, Collectors.toList()))
                .values()
                .forEach(tool -> retries(client, tool, found));
        if (found.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_QUESTION_ANSWERED);
        }
        return found;
    }

    /** Pairs the calls of one tool. In a trace, they may be those of several clients. */
    private static void retries(ClientUnderTest client, List<Call> tool, List<Retry> found) {
        int unanswered = 0;
        for (int i = 0; i < tool.size(); i++) {
            var call = tool.get(i);
            unanswered -= isAnswer(call) && unanswered > 0 ? 1 : 0;
            var question = question(call);
            if (question.isEmpty()) {
                continue;
            }
            var next = i + 1 < tool.size() ? tool.get(i + 1) : null;
            boolean alone = unanswered == 0
                    && next != null
                    && next.beganAt() > call.responseAt().orElse(call.answeredAt())
                    && next.connection() == call.connection()
                    && next.params().path("arguments").equals(call.params().path("arguments"));
            tool.subList(i + 1, tool.size()).stream()
                    .filter(ModernRules::isAnswer)
                    .findFirst()
                    .ifPresent(c -> found.add(
                            new Retry(call, state(question.get()), c, client.isLive() || alone && c == next)));
            unanswered++;
        }
    }

    private static boolean isAnswer(Call call) {
        return call.params().has("inputResponses") || call.params().has("requestState");
    }

    private static Optional<JsonNode> question(Call call) {
        return call.result().filter(r -> r.path("resultType").asString("").equals("input_required"));
    }

    private static Optional<String> state(JsonNode question) {
        return Optional.of(question.path("requestState"))
                .filter(JsonNode::isString)
                .map(JsonNode::asString);
    }

    @Rule(
            id = "client/modern-state-echoed",
            level = MUST,
            eras = MODERN,
            unless = {NO_QUESTION_ANSWERED, NO_QUESTION_WITH_STATE},
            title = "The state of a question comes back unchanged",
            source = "basic/patterns/mrtr, Client Requirements")
    void stateEchoed(ClientUnderTest client) {
        var retries = retries(client, client.play(Scripts.INPUT_REQUIRED)).stream()
                .filter(r -> r.state().isPresent())
                .toList();
        if (retries.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_QUESTION_WITH_STATE);
        }
        for (var retry : retries) {
            var sent = retry.second().params().path("requestState");
            if (!sent.asString("").equals(retry.state().get())) {
                Sessions.found(
                        client,
                        retry.proven(),
                        "requestState exactly as it came",
                        sent.isMissingNode() ? "it is missing" : "it is " + sent,
                        retry.second());
            }
        }
    }

    @Rule(
            id = "client/modern-state-not-invented",
            level = MUST,
            eras = MODERN,
            unless = {NO_QUESTION_ANSWERED, NO_QUESTION_WITHOUT_STATE},
            title = "A question without a state is answered without one",
            source = "basic/patterns/mrtr, Client Requirements")
    void stateNotInvented(ClientUnderTest client) {
        var retries = retries(client, client.play(Scripts.INPUT_REQUIRED)).stream()
                .filter(r -> r.state().isEmpty())
                .toList();
        if (retries.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_QUESTION_WITHOUT_STATE);
        }
        for (var retry : retries) {
            if (retry.second().params().has("requestState")) {
                Sessions.found(
                        client,
                        retry.proven(),
                        "no requestState",
                        "it is " + retry.second().params().get("requestState"),
                        retry.second());
            }
        }
    }

    @Rule(
            id = "client/modern-state-stays",
            level = MUST,
            eras = MODERN,
            unless = NO_QUESTION_ANSWERED,
            title = "The state of a question is sent with the answer to it alone",
            source = "basic/patterns/mrtr, Client Requirements")
    void stateStays(ClientUnderTest client) {
        var trace = client.play(Scripts.INPUT_REQUIRED);
        var retries = retries(client, trace);
        var asked = new HashMap<String, Map<JsonNode, Integer>>();
        trace.modern()
                .filter(c -> c.calls("tools/call"))
                .forEach(c -> question(c)
                        .flatMap(ModernRules::state)
                        .ifPresent(s -> asked.computeIfAbsent(s, x -> new HashMap<>())
                                .putIfAbsent(c.params().path("name"), c.number())));
        var states = trace.calls().stream()
                .filter(Call::isRequest)
                .collect(Collectors.groupingBy(
                        c -> c.params().path("requestState").asString("")));
        for (var retry : retries) {
            states.getOrDefault(retry.state().orElse(""), List.of()).stream()
                    .filter(c -> retry.state().isPresent()
                            && c.number() > retry.first().number())
                    .filter(c -> !c.params()
                            .path("name")
                            .equals(retry.first().params().path("name")))
                    // A server may have one state for several tools.
                    .filter(c -> asked.getOrDefault(retry.state().get(), Map.of())
                                    .getOrDefault(c.params().path("name"), Integer.MAX_VALUE)
                            > c.number())
                    .findFirst()
                    .ifPresent(c -> {
                        Sessions.found(
                                client,
                                client.isLive()
                                        || c.connection() == retry.first().connection(),
                                "requestState with the retry of its own request alone",
                                c.describe() + " of " + c.params().path("name").asString("another tool")
                                        + " has it too",
                                c);
                    });
        }
    }

    @Rule(
            id = "client/modern-retry-new-id",
            level = MUST,
            eras = MODERN,
            unless = NO_QUESTION_ANSWERED,
            title = "The request that answers a question has an id of its own",
            source = "basic/patterns/mrtr, Client Requirements")
    void retryNewId(ClientUnderTest client) {
        for (var retry : retries(client, client.play(Scripts.INPUT_REQUIRED))) {
            if (retry.first().id().map(Json::idKey).equals(retry.second().id().map(Json::idKey))) {
                Sessions.found(
                        client,
                        retry.proven(),
                        "another id than that of the first request, "
                                + retry.first().id().get(),
                        "it is the same",
                        retry.second());
            }
        }
    }
}
