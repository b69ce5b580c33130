package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NO_INITIALIZE;
import static dev.mcpsession.conformance.judgement.Unless.SESSIONLESS;
import static dev.mcpsession.conformance.protocol.Revision.V2025_06_18;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The beginning of a session, and the revision that is spoken in it. */
final class LifecycleRules {
    private static final long WELL_BEFORE = Duration.ofSeconds(1).toNanos();

    @Rule(
            id = "client/initialize-first",
            level = MUST,
            unless = SESSIONLESS,
            title = "The first request of a client is initialize",
            source = "basic/lifecycle, Initialization")
    void initializeFirst(ClientUnderTest client) {
        var trace = client.play(Scripts.PLAIN);
        var posts = trace.legacy().filter(Call::isPost).toList();
        var initialize = posts.stream().filter(c -> c.calls("initialize")).findFirst();
        // A client that goes on with a session from before the trace has an id.
        var earlier = posts.stream()
                .filter(c -> c.rpc().isPresent()
                        && !c.calls("initialize")
                        && c.sessionId().isEmpty())
                .filter(c -> initialize.map(i -> c.number() < i.number()).orElse(true))
                .findFirst();
        if (earlier.isPresent()) {
            // A trace may begin in the middle of a session, and a server need not give ids to sessions.
            boolean proven = client.isLive()
                    && initialize
                            .map(i -> i.beganAt() - earlier.get().endedAt() > WELL_BEFORE
                                    && earlier.get().endedAt() != 0)
                            .orElse(trace.whole() && trace.outcome().isPresent());
            Sessions.found(
                    client,
                    proven,
                    "initialize before anything else",
                    earlier.get().describe() + " came " + (initialize.isPresent() ? "before it" : "without it"),
                    earlier.get());
        }
        if (initialize.isEmpty()) {
            throw RuleAbortedException.notApplicable(SESSIONLESS);
        }
    }

    @Rule(
            id = "client/initialize-params",
            level = MUST,
            unless = NO_INITIALIZE,
            title = "Initialize holds the revision, the capabilities and the client's name and version",
            source = "basic/lifecycle, Initialization")
    void initializeParams(ClientUnderTest client) {
        for (var call : initializes(client)) {
            var params = call.params();
            mustBe(client, call, params.path("protocolVersion").isString(), "protocolVersion as a string");
            mustBe(client, call, params.path("capabilities").isObject(), "capabilities as an object");
            mustBe(client, call, params.path("clientInfo").isObject(), "clientInfo as an object");
            mustBe(client, call, params.path("clientInfo").path("name").isString(), "a name in clientInfo");
            mustBe(client, call, params.path("clientInfo").path("version").isString(), "a version in clientInfo");
        }
    }

    private static void mustBe(ClientUnderTest client, Call call, boolean holds, String what) {
        if (!holds) {
            throw client.violation(
                    what + " in the parameters of initialize",
                    "they are " + cut(call.params().toString()),
                    call);
        }
    }

    private static String cut(String text) {
        return text.isEmpty() ? "missing" : Text.cut(text, 200);
    }

    /** Those of {@link Sessions#usual}. */
    private static List<Call> initializes(ClientUnderTest client) {
        var all = new ArrayList<Call>();
        Sessions.usual(client, trace -> {
            all.addAll(trace.initializes());
            return all.size();
        });
        return some(all);
    }

    private static List<Call> some(List<Call> all) {
        if (all.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_INITIALIZE);
        }
        return all;
    }

    @Rule(
            id = "client/initialized-sent",
            level = MUST,
            unless = SESSIONLESS,
            title = "The client says that it is initialized",
            source = "basic/lifecycle, Initialization")
    void initializedSent(ClientUnderTest client) {
        int looked = Sessions.usual(
                client,
                trace -> trace.openings().stream()
                        .mapToInt(opening -> initializedSent(client, trace, opening) ? 1 : 0)
                        .sum());
        if (looked == 0) {
            Sessions.opened(client.play(Scripts.PLAIN));
            throw RuleAbortedException.notTestable("the client did nothing in its session");
        }
    }

    /** @return whether the session was used, so that it shows something */
    private static boolean initializedSent(ClientUnderTest client, Trace trace, Trace.Opening opening) {
        var session = Sessions.of(trace, opening).toList();
        var used =
                session.stream().filter(c -> c.isRequest() && !c.calls("ping")).toList();
        if (used.isEmpty()) {
            return false;
        }
        if (session.stream()
                .noneMatch(c -> c.messages().stream()
                        .anyMatch(m -> m.path("method").asString("").equals("notifications/initialized")))) {
            boolean over = trace.outcome().filter(o -> o.succeeded()).isPresent()
                    || session.stream().anyMatch(Call::isDelete);
            Sessions.found(
                    client,
                    over && trace.whole(),
                    "notifications/initialized after initialize was answered",
                    "none came in the session, although " + used.get(0).describe() + " did",
                    used.get(0));
        }
        return true;
    }

    @Rule(
            id = "client/waits-for-initialize",
            level = SHOULD,
            unless = NO_INITIALIZE,
            title = "Before initialize is answered, a client sends no request but pings",
            source = "basic/lifecycle, Initialization",
            once = true)
    void waitsForInitialize(ClientUnderTest client) {
        var trace = client.play(Scripts.SLOW_INITIALIZE);
        for (var initialize : some(trace.initializes())) {
            if (!client.isLive() && trace.initializes().size() > 1) {
                break;
            }
            // On the connection of initialize, what was sent early is read late.
            trace.after(initialize)
                    .filter(c ->
                            initialize.answeredAt() == 0 || c.beganAt() < initialize.answeredAt() - trace.rounding())
                    .filter(c -> c.endpoint()
                            && !c.isModern()
                            && c.isRequest()
                            && c.sessionId().isEmpty())
                    .filter(c -> !c.calls("initialize") && !c.calls("ping"))
                    .findFirst()
                    .ifPresent(c -> {
                        // A server without session ids may have other clients, from before the trace.
                        Sessions.found(
                                client,
                                client.isLive(),
                                "no request before initialize was answered",
                                c.describe() + " came "
                                        + Duration.ofNanos(Math.max(0, initialize.answeredAt() - c.beganAt()))
                                                .toMillis()
                                        + " ms before",
                                c);
                    });
        }
    }

    @Rule(
            id = "client/requests-legacy-revision",
            level = ADVICE,
            unless = NO_INITIALIZE,
            title = "Initialize asks for a revision that has an initialize",
            source = "basic/lifecycle, Version Negotiation")
    void requestsLegacyRevision(ClientUnderTest client) {
        for (var call : initializes(client)) {
            var version = call.params().path("protocolVersion").asString("");
            boolean modern = Revision.find(version).filter(r -> !r.isLegacy()).isPresent();
            if (modern || !version.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}|DRAFT-.+")) {
                throw client.violation(
                        "a revision with sessions, such as 2025-11-25",
                        "initialize asks for " + (version.isEmpty() ? "none" : version),
                        call);
            }
        }
    }

    @Rule(
            id = "client/unsupported-revision-ends",
            level = SHOULD,
            unless = SESSIONLESS,
            title = "A client whose server speaks an unknown revision disconnects",
            source = "basic/lifecycle, Version Negotiation",
            once = true)
    void unsupportedRevisionEnds(ClientUnderTest client) {
        var trace = client.playOnStage(Scripts.UNKNOWN_VERSION);
        for (var opening : Sessions.opened(trace)) {
            // The stream may be opened when the id is known, which comes in the head: before the revision in the body.
            Sessions.of(trace, opening)
                    .filter(c -> !c.isDelete() && !c.calls("ping") && !c.calls("notifications/cancelled"))
                    .filter(c -> !c.isGet() || c.beganAt() - opening.call().endedAt() >= Sessions.LONG_AFTER)
                    .findFirst()
                    .ifPresent(c -> {
                        throw client.violation(
                                "the end of the connection after the server answered with the revision 1999-01-01",
                                "the client goes on with " + c.describe(),
                                c);
                    });
        }
    }

    @Rule(
            id = "client/version-header-sent",
            level = MUST,
            since = V2025_06_18,
            unless = SESSIONLESS,
            title = "Every request after initialize has the header MCP-Protocol-Version",
            source = "basic/transports, Protocol Version Header")
    void versionHeaderSent(ClientUnderTest client) {
        each(client, (opening, call, negotiated) -> {
            if (call.header(Call.VERSION).isEmpty()) {
                found(
                        client,
                        opening,
                        "MCP-Protocol-Version: " + negotiated,
                        call.describe() + " has no such header",
                        call);
            }
        });
    }

    @Rule(
            id = "client/version-header-negotiated",
            level = SHOULD,
            since = V2025_06_18,
            unless = SESSIONLESS,
            title = "The header MCP-Protocol-Version names the revision that was negotiated",
            source = "basic/transports, Protocol Version Header")
    void versionHeaderNegotiated(ClientUnderTest client) {
        each(client, (opening, call, negotiated) -> {
            var sent = call.headerValues(Call.VERSION).stream().distinct().toList();
            if (!sent.isEmpty() && !sent.equals(List.of(negotiated.wire()))) {
                found(
                        client,
                        opening,
                        "MCP-Protocol-Version: " + negotiated,
                        call.describe() + " says " + String.join(" and ", sent),
                        call);
            }
        });
    }

    /**
     * Throws what is due. Where the server gives no ids, a trace does not tell the session from one that began before
     * the trace, other than by the connection.
     */
    private static void found(
            ClientUnderTest client, Trace.Opening opening, String expectation, String observation, Call call) {
        Sessions.found(
                client,
                client.isLive() || opening.id().isPresent() || opening.call().connection() == call.connection(),
                expectation,
                observation,
                call);
    }

    private interface Look {
        void at(Trace.Opening opening, Call call, Revision negotiated);
    }

    /** When the client can have read which revision was negotiated. */
    private static long read(Call initialize) {
        return initialize.responseAt().orElse(initialize.endedAt());
    }

    private static void each(ClientUnderTest client, Look look) {
        int looked = Sessions.usual(client, trace -> {
            int calls = 0;
            for (var opening : trace.openings()) {
                var negotiated = opening.revision().filter(r -> r.equals(client.revision()));
                if (negotiated.isPresent()) {
                    for (var call : Sessions.of(trace, opening).toList()) {
                        // The id comes with the head of the reply, and lets a stream be opened before the body is
                        // there.
                        if (call.isGet() && call.beganAt() <= read(opening.call()) + trace.rounding()) {
                            continue;
                        }
                        calls++;
                        look.at(opening, call, negotiated.get());
                    }
                }
            }
            return calls;
        });
        if (looked == 0) {
            Sessions.opened(client.play(Scripts.PLAIN));
            throw RuleAbortedException.notTestable("the client made no request after initialize");
        }
    }
}
