package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.OLDER_REVISIONS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.protocol.Revision.V2025_03_26;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.http.ServerCapabilities.Feature;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The headers that repeat what the body says, and what becomes of a request whose headers say something else: on every
 * method that the server offers, since each may be served by other code.
 */
public final class HeaderRules {
    private static final String PAGE = "basic/transports/streamable-http, ";
    private static final String VALIDATION = PAGE + "Server Validation";
    /** Characters that no header may have; some languages take the first for a space, and cut it off. */
    static final List<String> OUTSIDE_ASCII = List.of("\u00a0", "\u00e9");

    private static final int HEADER_MISMATCH = -32020;
    private static final int UNSUPPORTED_VERSION = -32022;
    /** A version that no server can support. */
    private static final String NO_VERSION = "1999-12-31";
    /** The first version in which clients send the version as a header. */
    private static final String FIRST_WITH_HEADER = "2025-06-18";

    // ---- the version ----

    @Rule(
            id = "modern/version-header-required",
            level = MUST,
            eras = MODERN,
            unless = OLDER_REVISIONS,
            title = "A request without MCP-Protocol-Version is answered 400, by a server that serves no clients older"
                    + " than that header",
            source = PAGE + "Protocol Version Header")
    void versionHeaderRequired(Client client) {
        var samples = Samples.of(client);
        older(client).ifPresent(old -> {
            throw RuleAbortedException.notApplicable(OLDER_REVISIONS, old.toString());
        });
        Samples.mustAllBeRefused(
                client, samples, r -> r.without(Client.VERSION_HEADER), 400, "without the header MCP-Protocol-Version");
    }

    /** A version from before the header that the server speaks, if there is one. */
    private static Optional<String> older(Client client) {
        client.capabilities().unknown(Feature.OTHER_ERA).ifPresent(doubt -> {
            throw doubt;
        });
        if (client.capabilities().oneEra()) {
            return Optional.empty();
        }
        var legacy = client.speaking(V2025_03_26);
        for (var version : List.of(V2025_03_26.wire(), "2024-11-05")) {
            var opening = legacy.post(legacy.initialize(version)).send();
            Calls.status(opening);
            opening.sessionId()
                    .ifPresent(id -> legacy.delete()
                            .withSessionId(id)
                            .purpose("clean-up")
                            .send());
            var offered = opening.result()
                    .map(r -> r.path("protocolVersion").asString(""))
                    .orElse("");
            if (!offered.isEmpty() && offered.compareTo(FIRST_WITH_HEADER) < 0) {
                return Optional.of(offered);
            }
        }
        return Optional.empty();
    }

    @Rule(
            id = "modern/version-mismatch-400",
            level = MUST,
            eras = MODERN,
            title = "A request whose MCP-Protocol-Version differs from the version in its metadata is answered 400",
            source = PAGE + "Protocol Version Header")
    void versionMismatch400(Client client) {
        var because = "whose header and metadata name different versions";
        for (var sample : Samples.of(client)) {
            Samples.mustBeRefused(client, sample, withVersion(client, sample, V2025_11_25.wire()), 400, because);
            Samples.mustBeRefused(
                    client, sample, sample.request(client).header(Client.VERSION_HEADER, NO_VERSION), 400, because);
        }
    }

    private static Request withVersion(Client client, Sample sample, String version) {
        return sample.request(client, m -> Calls.meta(m).put(Client.META_PREFIX + "protocolVersion", version));
    }

    // ---- the method ----

    @Rule(
            id = "modern/method-header-required",
            level = MUST,
            eras = MODERN,
            title = "A request without Mcp-Method is answered 400",
            source = VALIDATION)
    void methodHeaderRequired(Client client) {
        Samples.mustAllBeRefused(
                client, Samples.of(client), r -> r.without(Client.METHOD_HEADER), 400, "without the header Mcp-Method");
    }

    @Rule(
            id = "modern/method-header-mismatch-400",
            level = MUST,
            eras = MODERN,
            title = "A request whose Mcp-Method differs from its method is answered 400",
            source = VALIDATION)
    void methodHeaderMismatch400(Client client) {
        for (var sample : Samples.of(client)) {
            var other = otherThan(sample);
            Samples.mustBeRefused(
                    client,
                    sample,
                    sample.request(client).header(Client.METHOD_HEADER, other),
                    400,
                    "whose Mcp-Method says " + other);
            for (var outside : OUTSIDE_ASCII) {
                Samples.mustBeRefused(
                        client,
                        sample,
                        sample.request(client).header(Client.METHOD_HEADER, sample.method() + outside),
                        400,
                        "whose Mcp-Method has a character that is no ASCII after the method");
            }
        }
    }

    /** A method that servers know, as one that was allowed would be named in place of one that is not. */
    private static String otherThan(Sample sample) {
        return sample.method().equals(Calls.DISCOVER) ? Calls.LIST : Calls.DISCOVER;
    }

    @Rule(
            id = "modern/header-values-exact-case",
            level = MUST,
            eras = MODERN,
            title = "A request whose Mcp-Method differs from its method in case alone is answered 400",
            source = PAGE + "Case Sensitivity")
    void headerValuesExactCase(Client client) {
        for (var sample : Samples.of(client)) {
            var shouted = sample.method().toUpperCase(Locale.ROOT);
            Samples.mustBeRefused(
                    client,
                    sample,
                    sample.request(client).header(Client.METHOD_HEADER, shouted),
                    400,
                    "whose Mcp-Method says " + shouted);
        }
    }

    @Rule(
            id = "modern/header-names-any-case",
            level = MUST,
            eras = MODERN,
            title = "The names of the headers count in any case",
            source = PAGE + "Case Sensitivity")
    void headerNamesAnyCase(Client client) {
        for (var sample : Samples.of(client)) {
            for (var form :
                    List.<UnaryOperator<String>>of(s -> s.toLowerCase(Locale.ROOT), s -> s.toUpperCase(Locale.ROOT))) {
                var request = sample.request(client);
                for (var header : request.headers()) {
                    if (header.name().regionMatches(true, 0, "Mcp-", 0, 4)) {
                        request.header(form.apply(header.name()), header.value());
                    }
                }
                Samples.mustBeServed(
                        client,
                        sample,
                        request,
                        "with the header names " + form.apply(Client.VERSION_HEADER) + " and "
                                + form.apply(Client.METHOD_HEADER));
            }
        }
    }

    // ---- the code ----

    @Rule(
            id = "modern/header-mismatch-code",
            level = MUST,
            eras = MODERN,
            title = "What is refused for its headers is refused with the error -32020",
            source = VALIDATION)
    void headerMismatchCode(Client client) {
        boolean needsVersion = client.capabilities().unknown(Feature.OTHER_ERA).isEmpty()
                && older(client).isEmpty();
        var seen = new ArrayList<Exchange>();
        for (var sample : Samples.of(client)) {
            see(
                    client,
                    seen,
                    sample,
                    sample.request(client).header(Client.METHOD_HEADER, otherThan(sample)),
                    false,
                    "whose Mcp-Method says " + otherThan(sample));
            see(
                    client,
                    seen,
                    sample,
                    sample.request(client).without(Client.METHOD_HEADER),
                    false,
                    "without the header Mcp-Method");
            // Of two versions the server may well support one alone, and which of the two faults it names is open.
            see(
                    client,
                    seen,
                    sample,
                    withVersion(client, sample, V2025_11_25.wire()),
                    true,
                    "whose header and metadata name different versions");
            if (needsVersion) {
                see(
                        client,
                        seen,
                        sample,
                        sample.request(client).without(Client.VERSION_HEADER),
                        false,
                        "without the header MCP-Protocol-Version");
            }
            if (sample.isNamed()) {
                see(
                        client,
                        seen,
                        sample,
                        sample.request(client).without(Client.NAME_HEADER),
                        false,
                        "without the header Mcp-Name");
                see(
                        client,
                        seen,
                        sample,
                        sample.request(client).header(Client.NAME_HEADER, "another-name"),
                        false,
                        "whose Mcp-Name says another name");
            }
        }
        Calls.callable(client).ifPresent(tool -> {
            var call = new Sample("tools/call", c -> c.call(tool.name(), tool.arguments()), null);
            see(
                    client,
                    seen,
                    call,
                    call.request(client).without(Client.NAME_HEADER),
                    false,
                    "without the header Mcp-Name");
            see(
                    client,
                    seen,
                    call,
                    call.request(client).header(Client.NAME_HEADER, "another-name"),
                    false,
                    "whose Mcp-Name says another name");
        });
        if (seen.isEmpty()) {
            throw RuleAbortedException.inconclusive("no request was refused for its headers: other rules say so");
        }
    }

    /** Judges the code, where a request was refused at all: that it must be is another rule. */
    private static void see(
            Client client, List<Exchange> seen, Sample sample, Request request, boolean orVersion, String because) {
        var reply = Calls.opened(request);
        int status = Calls.status(reply);
        boolean refused = status == 400 || Calls.code(reply).isPresent();
        reply.close();
        if (!refused) {
            return;
        }
        seen.add(reply);
        Samples.mustNotBeOfGateway(client, reply);
        var codes = orVersion ? Set.of(HEADER_MISMATCH, UNSUPPORTED_VERSION) : Set.of(HEADER_MISMATCH);
        reply.mustHave(
                Calls.code(reply).filter(codes::contains).isPresent(),
                "a JSON-RPC error with the code " + HEADER_MISMATCH + " for a call of " + sample + " " + because,
                "got " + Calls.describe(reply));
    }
}
