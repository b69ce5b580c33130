package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ANY_RESOURCE;
import static dev.mcpsession.conformance.judgement.Unless.NO_PROMPTS;
import static dev.mcpsession.conformance.judgement.Unless.NO_PROMPT_OR_TOOL;
import static dev.mcpsession.conformance.judgement.Unless.NO_READABLE_RESOURCE;
import static dev.mcpsession.conformance.judgement.Unless.NO_RESOURCES;
import static dev.mcpsession.conformance.judgement.Unless.NO_TOOLS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.Base64;
import java.util.HashMap;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Rules on the form of tools, prompts and resources, as far as a client must be able to read them. */
public final class ContentRules {
    private static final int INVALID_PARAMS = -32602;
    private static final int INTERNAL_ERROR = -32603;
    private static final int MISSING_CAPABILITY = -32021;
    private static final String NO_RESOURCE = "mcp-session-conformance://no/such/resource";
    private static final String NO_PROMPT = "mcp-session-conformance-no-such-prompt";
    /** RFC 3986: a scheme, and after it nothing but the characters that a URI may have. */
    private static final Pattern URI =
            Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*");

    private static final Pattern MIME_TYPE =
            Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+.*");
    private static final Pattern TOOL_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    // ---- tools ----

    @Rule(
            id = "modern/tool-definitions",
            level = MUST,
            eras = MODERN,
            unless = NO_TOOLS,
            title = "Every tool has an input schema, an object whose type is object",
            source = "server/tools, Data Types, Tool; schema, Tool")
    void toolDefinitions(Client client) {
        for (var page : Pages.of(client, tools(client))) {
            for (var tool : Calls.result(page).path("tools")) {
                page.mustHave(tool.path("name").isString(), "every tool to have a name", "one is " + tool);
                page.mustHave(
                        tool.path("inputSchema").isObject(),
                        "the inputSchema of the tool " + tool.path("name") + " to be an object",
                        "it is " + tool.path("inputSchema"));
                page.mustHave(
                        tool.path("inputSchema").path("type").asString("").equals("object"),
                        "the inputSchema of the tool " + tool.path("name") + " to have the type object at its root",
                        "it is " + tool.path("inputSchema"));
            }
        }
    }

    @Rule(
            id = "modern/tool-names",
            level = SHOULD,
            eras = MODERN,
            unless = NO_TOOLS,
            title = "Tools have names of letters, digits, underscores, hyphens and dots, each once",
            source = "server/tools, Data Types, Tool Names")
    void toolNames(Client client) {
        var seen = new HashMap<String, Exchange>();
        for (var page : Pages.of(client, tools(client))) {
            for (var tool : Calls.result(page).path("tools")) {
                var name = tool.path("name").asString("");
                page.mustHave(
                        TOOL_NAME.matcher(name).matches(),
                        "names of tools of 1 to 128 letters, digits, underscores, hyphens and dots",
                        "one is \"" + name + "\"");
                var before = seen.put(name, page);
                if (before != null) {
                    var expected = "names of tools to be unique";
                    var twice = "\"" + name + "\" is listed twice";
                    if (before != page) {
                        // A tool that came in between moves the others on to the next page.
                        throw new Suspicion(expected, twice, page);
                    }
                    page.mustHave(false, expected, twice);
                }
            }
        }
    }

    private static Sample tools(Client client) {
        return Samples.find(Samples.of(client), Calls.LIST)
                .filter(s -> !s.result().path("tools").isEmpty()
                        || s.result().path("nextCursor").isString())
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_TOOLS));
    }

    // ---- resources ----

    @Rule(
            id = "modern/resource-uris",
            level = MUST,
            eras = MODERN,
            unless = NO_RESOURCES,
            title = "The URIs of resources have the form that RFC 3986 gives them",
            source = "server/resources, Common URI Schemes, Custom URI Schemes")
    void resourceUris(Client client) {
        var list = Samples.find(Samples.of(client), "resources/list")
                .filter(s -> !s.result().path("resources").isEmpty())
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_RESOURCES));
        for (var page : Pages.of(client, list)) {
            for (var resource : Calls.result(page).path("resources")) {
                var uri = resource.path("uri").asString("");
                page.mustHave(
                        URI.matcher(uri).matches(),
                        "every resource to have a URI as RFC 3986 has it",
                        "one is \"" + uri + "\"");
            }
        }
    }

    @Rule(
            id = "modern/resource-contents",
            level = MUST,
            eras = MODERN,
            unless = NO_READABLE_RESOURCE,
            title = "What is read of a resource has a URI, and a text or Base64",
            source = "server/resources, Resource Contents; Security Considerations")
    void resourceContents(Client client) {
        var read = Samples.find(Samples.of(client), Samples.READ)
                .filter(s -> s.result().path("contents").isArray())
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_READABLE_RESOURCE));
        read.result().path("contents").forEach(content -> mustBeContent(read.served(), content));
    }

    private static void mustBeContent(Exchange reply, JsonNode content) {
        boolean blob =
                content.path("blob").isString() && isBase64(content.path("blob").asString());
        reply.mustHave(
                content.path("uri").isString() && (content.path("text").isString() || blob),
                "a resource's content to have a uri, and a text or a blob in Base64",
                "it is " + reply.excerpt(content.toString()));
    }

    @Rule(
            id = "modern/unknown-resource",
            level = MUST,
            eras = MODERN,
            unless = {NO_RESOURCES, ANY_RESOURCE},
            title = "Reading a resource that there is not is answered with the error -32602, and not with nothing",
            source = "server/resources, Error Handling")
    void unknownResource(Client client) {
        if (Samples.find(Samples.of(client), "resources/list").isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_RESOURCES);
        }
        var reply = Calls.whole(client.post(Samples.named(client, Samples.READ, "uri", NO_RESOURCE))
                .send());
        if (reply.result().isPresent()) {
            var contents = reply.result().get().path("contents");
            if (!contents.isEmpty()
                    || !reply.result()
                            .get()
                            .path("resultType")
                            .asString("complete")
                            .equals("complete")) {
                throw RuleAbortedException.notApplicable(ANY_RESOURCE);
            }
            reply.mustHave(false, "an error for a resource that there is not", "got the contents " + contents);
        }
        mustNotBeInternal(reply, "for a resource that there is not");
        mustHaveCode(reply, "for a resource that there is not");
    }

    /** What the server works with may fail. */
    private static void mustNotBeInternal(Exchange reply, String because) {
        if (Calls.code(reply).equals(Optional.of(INTERNAL_ERROR))) {
            throw new Suspicion("the error " + INVALID_PARAMS + " " + because, "got " + Calls.describe(reply), reply);
        }
    }

    // ---- prompts ----

    @Rule(
            id = "modern/unknown-prompt",
            level = SHOULD,
            eras = MODERN,
            unless = NO_PROMPTS,
            title = "A prompt that there is not, and one without what it requires, are answered with the error -32602",
            source = "server/prompts, Error Handling; server/utilities/completion, Error Handling")
    void unknownPrompt(Client client) {
        var list = Samples.find(Samples.of(client), "prompts/list")
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_PROMPTS));
        mustHaveCode(
                client.post(Samples.named(client, Samples.GET, "name", NO_PROMPT))
                        .send(),
                "for a prompt that there is not");
        var requiring = list.result()
                .path("prompts")
                .valueStream()
                .filter(p -> p.path("arguments")
                        .valueStream()
                        .anyMatch(a -> a.path("required").asBoolean(false)))
                .findFirst();
        if (requiring.isPresent()) {
            mustHaveCode(
                    client.post(Samples.named(
                                    client,
                                    Samples.GET,
                                    "name",
                                    requiring.get().path("name").asString("")))
                            .send(),
                    "for a prompt without the arguments that it requires");
        }
        if (Calls.declared(client).filter(c -> c.has("completions")).isPresent()) {
            mustHaveCode(
                    client.post(Samples.completion(client, NO_PROMPT, "argument"))
                            .send(),
                    "for completions of a prompt that there is not");
        }
    }

    private static void mustHaveCode(Exchange reply, String because) {
        Calls.whole(reply);
        // A capability of the client may be wanted before the server looks any further.
        reply.mustHave(
                Calls.code(reply)
                        .filter(c -> c == INVALID_PARAMS || c == MISSING_CAPABILITY)
                        .isPresent(),
                "the error " + INVALID_PARAMS + " " + because,
                "got " + Calls.describe(reply));
    }

    @Rule(
            id = "modern/contents",
            level = MUST,
            eras = MODERN,
            uses = Requires.SLOW_TOOL,
            unless = NO_PROMPT_OR_TOOL,
            title = "Images and audio are Base64 with a type, and embedded resources have a URI and a text or Base64",
            source = "server/prompts, Data Types, PromptMessage; server/tools, Tool Result")
    void contents(Client client) {
        boolean any = false;
        var prompt = Samples.find(Samples.of(client), Samples.GET);
        if (prompt.isPresent()) {
            any = true;
            for (var message : prompt.get().result().path("messages")) {
                mustBeReadable(prompt.get().served(), message.path("content"));
            }
        }
        if (Calls.callable(client).isPresent()) {
            var call = client.post(client.slowCall()).send(Calls.slowPatience(client));
            any |= call.answered() && call.result().isPresent();
            call.result().ifPresent(r -> r.path("content").forEach(c -> mustBeReadable(call, c)));
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NO_PROMPT_OR_TOOL);
        }
    }

    private static void mustBeReadable(Exchange reply, JsonNode content) {
        switch (content.path("type").asString("")) {
            case "image", "audio" ->
                reply.mustHave(
                        isBase64(content.path("data").asString(""))
                                && MIME_TYPE
                                        .matcher(content.path("mimeType").asString(""))
                                        .matches(),
                        "an image or audio to have data in Base64 and a mimeType",
                        "it is " + reply.excerpt(content.toString()));
            case "resource" -> mustBeContent(reply, content.path("resource"));
            default -> {}
        }
    }

    private static boolean isBase64(String text) {
        try {
            // The decoder leaves out what is in no alphabet, and refuses what is cut off.
            Base64.getMimeDecoder().decode(text);
            return text.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "+/=\r\n".indexOf(c) >= 0));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
