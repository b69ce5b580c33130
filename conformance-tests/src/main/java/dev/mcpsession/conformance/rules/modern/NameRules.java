package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_NAMED;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** The header that repeats the name of a tool, of a prompt, or the URI of a resource. */
public final class NameRules {
    private static final String PAGE = "basic/transports/streamable-http, ";
    private static final String VALIDATION = PAGE + "Server Validation";
    private static final int HEADER_MISMATCH = -32020;

    @Rule(
            id = "modern/name-header-required",
            level = MUST,
            eras = MODERN,
            unless = NOTHING_NAMED,
            title = "A call of a tool, a prompt or a resource without Mcp-Name is answered 400",
            source = VALIDATION)
    void nameHeaderRequired(Client client) {
        mustBeRefused(client, List.of(new Fault("without Mcp-Name", (r, name) -> r.without(Client.NAME_HEADER))));
    }

    @Rule(
            id = "modern/name-header-mismatch-400",
            level = MUST,
            eras = MODERN,
            unless = NOTHING_NAMED,
            title = "A call of a tool, a prompt or a resource whose Mcp-Name says another name is answered 400",
            source = VALIDATION)
    void nameHeaderMismatch400(Client client) {
        mustBeRefused(
                client,
                List.of(
                        new Fault(
                                "whose Mcp-Name says another name",
                                (r, name) -> r.header(Client.NAME_HEADER, "another-name")),
                        new Fault(
                                "whose Mcp-Name says another name, encoded",
                                (r, name) -> r.header(Client.NAME_HEADER, Client.encoded("another-name"))),
                        new Fault(
                                "whose Mcp-Name says the beginning of the name only",
                                (r, name) -> r.header(
                                        Client.NAME_HEADER, Client.encoded(name.substring(0, name.length() - 1)))),
                        afterTheName(HeaderRules.OUTSIDE_ASCII.get(0)),
                        afterTheName(HeaderRules.OUTSIDE_ASCII.get(1))));
    }

    private static Fault afterTheName(String outside) {
        return new Fault(
                "whose Mcp-Name has a character that is no ASCII after the name",
                (r, name) -> r.header(Client.NAME_HEADER, name + outside));
    }

    @Rule(
            id = "modern/malformed-encoding-400",
            level = MUST,
            eras = MODERN,
            unless = NOTHING_NAMED,
            title = "A call of a tool, a prompt or a resource whose Mcp-Name is encoded wrongly is answered 400",
            source = VALIDATION + "; " + PAGE + "Value Encoding")
    void malformedEncoding400(Client client) {
        mustBeRefused(
                client,
                List.of(
                        new Fault(
                                "whose Mcp-Name holds no Base64",
                                (r, name) -> r.header(Client.NAME_HEADER, "=?base64?%%%?=")),
                        new Fault(
                                "whose Mcp-Name holds no UTF-8",
                                (r, name) -> r.header(Client.NAME_HEADER, "=?base64?/w==?=")),
                        new Fault(
                                "whose Mcp-Name has the markers of the encoding in capitals",
                                (r, name) -> r.header(
                                        Client.NAME_HEADER, Client.encoded(name).replace("base64", "BASE64")))));
    }

    /** Something that is wrong with the header. */
    private record Fault(String what, BiFunction<Request, String, Request> apply) {}

    private static void mustBeRefused(Client client, List<Fault> faults) {
        var samples = Samples.of(client).stream().filter(Sample::isNamed).toList();
        boolean tools = !client.capabilities().tools().isEmpty();
        if (samples.isEmpty() && !tools) {
            throw RuleAbortedException.notApplicable(NOTHING_NAMED);
        }
        for (var sample : samples) {
            for (var fault : faults) {
                Samples.mustBeRefused(
                        client, sample, fault.apply().apply(sample.request(client), sample.name()), 400, fault.what());
            }
        }
        if (tools) {
            mustRefuseTools(client, faults, samples.isEmpty());
        }
    }

    private static void mustRefuseTools(Client client, List<Fault> faults, boolean alone) {
        var tool = Calls.callable(client);
        for (var fault : faults) {
            var name = tool.map(t -> t.name()).orElse(Client.UNKNOWN_TOOL);
            var arguments = tool.map(t -> t.arguments()).orElseGet(Json::object);
            var reply = Calls.opened(fault.apply().apply(client.post(client.call(name, arguments)), name));
            if (tool.isEmpty()) {
                // That the tool is unknown may be found first, and may be answered with any status.
                Calls.status(reply);
                if (!Calls.code(reply).equals(Optional.of(HEADER_MISMATCH))) {
                    if (alone) {
                        throw RuleAbortedException.notTestable(
                                "whether the header or the name of the tool was refused cannot"
                                        + " be told without a tool that may be called: see --slow-tool");
                    }
                    client.note(
                            "calls of tools could not be judged without a tool that may be called: see --slow-tool");
                    return;
                }
            }
            if (reply.status() != 400 && reply.status() / 100 == 4) {
                Samples.mustNotBeOfGateway(client, reply);
            }
            Calls.mustBeRefused(
                    reply, 400, "for a call of a tool " + fault.what(), client.post(client.call(name, arguments)));
            reply.close();
        }
    }

    @Rule(
            id = "modern/encoded-name-accepted",
            level = MUST,
            eras = MODERN,
            unless = NOTHING_NAMED,
            title = "An Mcp-Name that is encoded is decoded before it is compared",
            source = PAGE + "Value Encoding")
    void encodedNameAccepted(Client client) {
        var named = Samples.of(client).stream().filter(Sample::isNamed).toList();
        if (named.isEmpty() && client.capabilities().tools().isEmpty()) {
            throw RuleAbortedException.notApplicable(NOTHING_NAMED);
        }
        for (var sample : named) {
            Samples.mustBeServed(
                    client,
                    sample,
                    sample.request(client).header(Client.NAME_HEADER, Client.encoded(sample.name())),
                    "although its Mcp-Name is encoded: an encoded Mcp-Name is to be taken as a plain one");
        }
        if (client.capabilities().tools().isEmpty()) {
            return;
        }
        // No tool is called: how the server answers for an unknown one is seen first.
        var plain = client.post(client.callOfNoTool()).send();
        Calls.whole(plain);
        if (Calls.code(plain).filter(c -> c == HEADER_MISMATCH).isPresent()) {
            throw RuleAbortedException.inconclusive("the server refuses a plain Mcp-Name too");
        }
        mustBeAnsweredAs(
                plain,
                client.post(client.callOfNoTool())
                        .header(Client.NAME_HEADER, Client.encoded(Client.UNKNOWN_TOOL))
                        .send(),
                false);
        mustBeAnsweredAs(
                plain,
                client.post(client.call(Client.UNKNOWN_TOOL + "-\u4e16\u754c", Json.object()))
                        .send(),
                true);
    }

    /** @param looksAtNames whether the server may refuse the name itself, which has characters that it should not */
    private static void mustBeAnsweredAs(Exchange plain, Exchange encoded, boolean looksAtNames) {
        int status = Calls.whole(encoded).status();
        boolean mismatch = Calls.code(encoded).filter(c -> c == HEADER_MISMATCH).isPresent();
        encoded.mustHave(
                !mismatch
                        && (status != 400
                                || plain.status() == 400
                                || looksAtNames && Calls.code(encoded).isPresent()),
                "an encoded Mcp-Name to be taken as a plain one, for which the server answered "
                        + Calls.describe(plain),
                "got " + Calls.describe(encoded));
    }
}
