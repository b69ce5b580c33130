package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_MIRRORED;
import static dev.mcpsession.conformance.judgement.Unless.NO_ARGUMENT_MIRRORED;
import static dev.mcpsession.conformance.judgement.Unless.NO_INTEGER_MIRRORED;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SLOW_TOOL;
import static dev.mcpsession.conformance.rule.Requires.TOOLS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.MirroredParameter;
import dev.mcpsession.conformance.rule.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/** Parameters of tools that are mirrored into headers. */
public final class ParameterRules {
    private static final String PAGE = "basic/transports/streamable-http, ";
    private static final String KEYWORD = MirroredParameter.KEYWORD;
    private static final int HEADER_MISMATCH = -32020;
    /** A list that goes on for longer is not read to its end. */
    private static final int MAX_PAGES = 20;
    /** The types of JSON Schema that are not allowed to be mirrored. */
    private static final Set<String> OTHER_TYPES = Set.of("number", "object", "array", "null");
    /** Keywords whose value is a schema, a list of schemas, or schemas by name. */
    private static final Set<String> SUBSCHEMA = Set.of(
            "items",
            "additionalItems",
            "contains",
            "additionalProperties",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "not",
            "if",
            "then",
            "else");

    private static final Set<String> LISTS = Set.of("allOf", "anyOf", "oneOf", "prefixItems", "items");
    private static final Set<String> BY_NAME = Set.of("patternProperties", "dependentSchemas", "$defs", "definitions");

    @Rule(
            id = "modern/parameter-headers",
            level = MUST,
            eras = MODERN,
            requires = TOOLS,
            unless = NOTHING_MIRRORED,
            title = "Tools name headers for their parameters as clients can send them: tokens, each once, of plain "
                    + "values",
            source = PAGE + "Schema Extension")
    void parameterHeaders(Client client) {
        boolean any = false;
        for (var page : pages(client)) {
            for (var tool : Calls.result(page).path("tools")) {
                var annotations = new ArrayList<Annotation>();
                collect(tool.path("inputSchema"), false, annotations);
                any |= !annotations.isEmpty();
                mustBeValid(page, tool.path("name").asString(""), annotations);
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NOTHING_MIRRORED);
        }
    }

    private static List<Exchange> pages(Client client) {
        var pages = new ArrayList<Exchange>();
        var message = client.request(Calls.LIST);
        while (pages.size() < MAX_PAGES) {
            var page = client.post(message).send();
            pages.add(page);
            var cursor = Calls.result(page).path("nextCursor");
            if (!cursor.isString()) {
                break;
            }
            message = client.request(Calls.LIST);
            ((ObjectNode) message.get("params")).set("cursor", cursor);
        }
        return pages;
    }

    /**
     * An occurrence of the keyword.
     *
     * @param reachable whether properties alone lead there
     */
    private record Annotation(JsonNode name, JsonNode schema, boolean reachable) {}

    private static void collect(JsonNode schema, boolean isParameter, List<Annotation> found) {
        collect(schema, isParameter, true, found);
    }

    private static void collect(JsonNode schema, boolean isParameter, boolean reachable, List<Annotation> found) {
        if (schema.has(KEYWORD)) {
            found.add(new Annotation(schema.get(KEYWORD), schema, reachable && isParameter));
        }
        schema.properties().forEach(e -> {
            var value = e.getValue();
            if (e.getKey().equals("properties")) {
                value.properties().forEach(p -> collect(p.getValue(), true, reachable, found));
            } else if (BY_NAME.contains(e.getKey())) {
                value.properties().forEach(p -> collect(p.getValue(), true, false, found));
            } else if (LISTS.contains(e.getKey()) && value.isArray()) {
                value.forEach(s -> collect(s, true, false, found));
            } else if (SUBSCHEMA.contains(e.getKey())) {
                collect(value, true, false, found);
            }
        });
    }

    private static void mustBeValid(Exchange page, String tool, List<Annotation> annotations) {
        var seen = new HashSet<String>();
        for (var annotation : annotations) {
            var name = annotation.name();
            var said = "the tool " + tool + " has " + name;
            page.mustHave(
                    name.isString() && MirroredParameter.isToken(name.asString()),
                    "every " + KEYWORD + " to be a token, as the name of a header is",
                    said);
            page.mustHave(
                    seen.add(name.asString().toLowerCase(Locale.ROOT)),
                    "every " + KEYWORD + " once in a tool, in whatever case",
                    said + " twice");
            var type = annotation.schema().path("type");
            page.mustHave(
                    !type.isString() || !OTHER_TYPES.contains(type.asString()),
                    KEYWORD + " on integers, strings and booleans alone",
                    said + " on a parameter of the type " + type.asString(""));
            page.mustHave(
                    annotation.reachable(),
                    KEYWORD + " on parameters that properties alone lead to",
                    said + " elsewhere");
        }
    }

    @Rule(
            id = "modern/parameter-header-mismatch-400",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_ARGUMENT_MIRRORED,
            title = "A call whose parameter headers are missing, or do not match the arguments, is answered 400",
            source = PAGE + "Server Behavior for Custom Headers; Server Validation")
    void parameterHeaderMismatch400(Client client) {
        for (var parameter : mirrored(client)) {
            var name = parameter.header();
            var wrong = another(parameter.value(arguments(client)).orElseThrow());
            mustBeRefused(client, name, Optional.empty(), "for a call of a tool without " + name);
            mustBeRefused(
                    client, name, Optional.of(wrong), "for a call of a tool whose " + name + " says another value");
            mustBeRefused(
                    client,
                    name,
                    Optional.of(Client.encoded(wrong)),
                    "for a call of a tool whose " + name + " says another value, encoded");
        }
    }

    @Rule(
            id = "modern/parameter-header-characters",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_ARGUMENT_MIRRORED,
            title = "A call whose parameter header has characters that no header may have is answered 400",
            source = PAGE + "Server Behavior for Custom Headers; Server Validation")
    void parameterHeaderCharacters(Client client) {
        for (var parameter : mirrored(client)) {
            var value = parameter.value(arguments(client)).orElseThrow();
            for (var spoilt : List.of(value + "\u00a0", value + "\u00e9")) {
                var reply = Calls.opened(client.post(client.slowCall()).header(parameter.header(), spoilt));
                Calls.mustBeRefused(
                        reply,
                        400,
                        "for a call of a tool whose " + parameter.header()
                                + " has a byte that is no ASCII after the value",
                        client.post(client.slowCall()));
                reply.close();
            }
        }
    }

    @Rule(
            id = "modern/parameter-header-omitted",
            level = MUST,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = NO_ARGUMENT_MIRRORED,
            title = "No parameter header is expected for an argument that is null, or not there",
            source = PAGE + "Server Behavior for Custom Headers")
    void parameterHeaderOmitted(Client client) {
        for (var parameter : mirrored(client)) {
            mustNotMissHeader(client, call(client, parameter, null), parameter, "that is not there");
            mustNotMissHeader(client, call(client, parameter, NullNode.getInstance()), parameter, "that is null");
        }
    }

    /** A call of the slow tool with another argument; null for none. */
    private static ObjectNode call(Client client, MirroredParameter parameter, @Nullable JsonNode argument) {
        var arguments = arguments(client).deepCopy();
        var parent = arguments;
        for (var name : parameter.path().subList(0, parameter.path().size() - 1)) {
            parent = parent.path(name);
        }
        var last = parameter.path().get(parameter.path().size() - 1);
        if (argument == null) {
            ((ObjectNode) parent).remove(last);
        } else {
            ((ObjectNode) parent).set(last, argument);
        }
        return client.call(client.target().slowTool().orElseThrow().name(), arguments);
    }

    private static void mustNotMissHeader(Client client, ObjectNode message, MirroredParameter parameter, String how) {
        // Without the argument the tool may well not work, or have nothing to do; only the headers are judged.
        var reply = client.post(message).open(Calls.slowPatience(client));
        if (!reply.isEventStream()) {
            reply.awaitEnd(client.patience());
        }
        Calls.status(reply);
        reply.close();
        reply.mustHave(
                !Calls.code(reply).equals(Optional.of(HEADER_MISMATCH)),
                "no " + parameter.header() + " to be wanted for an argument " + how,
                "got " + Calls.describe(reply));
    }

    @Rule(
            id = "modern/parameter-header-numeric",
            level = SHOULD,
            eras = MODERN,
            requires = SLOW_TOOL,
            unless = {NO_ARGUMENT_MIRRORED, NO_INTEGER_MIRRORED},
            title = "The header of an integer is compared as a number: 42.0 is 42",
            source = PAGE + "Server Validation")
    void parameterHeaderNumeric(Client client) {
        boolean judged = false;
        for (var parameter : mirrored(client)) {
            var value = parameter.value(arguments(client)).orElseThrow();
            if (!value.matches("-?[0-9]{1,15}") || !isNumber(client, parameter)) {
                continue;
            }
            judged = true;
            var plain = Calls.opened(client.post(client.slowCall()));
            plain.close();
            if (Calls.status(plain) != 200) {
                throw RuleAbortedException.inconclusive(
                        "the slow tool does not work: its call was answered " + Calls.describe(plain));
            }
            var reply = Calls.opened(client.post(client.slowCall()).header(parameter.header(), value + ".0"));
            Calls.status(reply);
            reply.close();
            reply.mustHave(
                    !Calls.code(reply).equals(Optional.of(HEADER_MISMATCH)) && reply.status() != 400,
                    parameter.header() + ": " + value + ".0 to be taken for " + value,
                    "got " + Calls.describe(reply));
        }
        if (!judged) {
            throw RuleAbortedException.notApplicable(NO_INTEGER_MIRRORED);
        }
    }

    private static boolean isNumber(Client client, MirroredParameter parameter) {
        JsonNode argument = arguments(client);
        for (var name : parameter.path()) {
            argument = argument.path(name);
        }
        return argument.isNumber();
    }

    private static JsonNode arguments(Client client) {
        return client.target().slowTool().orElseThrow().arguments();
    }

    /** The arguments of the slow tool that are mirrored into headers. */
    private static List<MirroredParameter> mirrored(Client client) {
        Samples.of(client);
        var mirrored = MirroredParameter.of(client.capabilities().slowToolSchema()).stream()
                .filter(parameter -> parameter.value(arguments(client)).isPresent())
                .toList();
        if (mirrored.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_ARGUMENT_MIRRORED);
        }
        return mirrored;
    }

    /** Another value of the same type. */
    private static String another(String value) {
        if (value.matches("-?[0-9]{1,15}")) {
            return String.valueOf(Long.parseLong(value) + 1);
        }
        return value.equals("true") ? "false" : value.equals("false") ? "true" : value + "-not";
    }

    private static void mustBeRefused(Client client, String header, Optional<String> value, String because) {
        var request = client.post(client.slowCall()).without(header);
        value.ifPresent(v -> request.header(header, v));
        var reply = request.open();
        if (!reply.isEventStream()) {
            reply.awaitEnd(client.patience());
        }
        if (Calls.status(reply) / 100 == 4) {
            Samples.mustNotBeOfGateway(client, reply);
        }
        Calls.mustBeRefused(reply, 400, because, client.post(client.slowCall()));
        reply.mustHave(
                Calls.code(reply).equals(Optional.of(HEADER_MISMATCH)),
                "the error " + HEADER_MISMATCH + " " + because,
                "got " + Calls.describe(reply));
    }
}
