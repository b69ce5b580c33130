package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ANY_CURSOR;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_DECLARED;
import static dev.mcpsession.conformance.judgement.Unless.NO_TOOLS;
import static dev.mcpsession.conformance.judgement.Unless.ONE_PAGE;
import static dev.mcpsession.conformance.judgement.Unless.ONE_TOOL;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;

/** The lists of what a server has: that there are those that it declares, their order, and their pages. */
public final class ListRules {
    private static final String PAGINATION = "server/utilities/pagination, ";
    private static final int INVALID_PARAMS = -32602;
    private static final int INTERNAL_ERROR = -32603;
    /** A server that shuffles is not likely to come out the same so often. */
    private static final int LOOKS = 8;

    private static final String NO_CURSOR = "mcp-session-conformance-no-such-cursor";

    @Rule(
            id = "modern/declared-lists",
            level = MUST,
            eras = MODERN,
            unless = NOTHING_DECLARED,
            title = "A server lists the tools, prompts and resources that it declares to have",
            source = "server/tools, Capabilities; server/prompts, Capabilities; server/resources, Capabilities")
    void declaredLists(Client client) {
        var capabilities = Calls.capabilities(client);
        boolean any = false;
        for (var kind : List.of("tools", "prompts", "resources")) {
            if (capabilities.has(kind)) {
                any = true;
                var reply = client.post(client.request(kind + "/list")).send();
                var because = "since the server declares the capability " + kind;
                if (Calls.code(Calls.whole(reply)).equals(Optional.of(INTERNAL_ERROR))) {
                    // What the server works with may fail.
                    throw new Suspicion(
                            reply.describe() + " to be served " + because, "got " + Calls.describe(reply), reply);
                }
                Calls.mustBeServed(reply, because);
                var items = reply.result().orElseThrow().path(kind);
                reply.mustHave(items.isArray(), "the result to have an array " + kind, "it is " + items);
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NOTHING_DECLARED);
        }
    }

    @Rule(
            id = "modern/capabilities-declared",
            level = MUST,
            eras = MODERN,
            title = "A server declares the tools, prompts and resources that it lists",
            source = "server/tools, Capabilities; server/prompts, Capabilities; server/resources, Capabilities")
    void capabilitiesDeclared(Client client) {
        var discovery = Calls.discover(client);
        var capabilities = Calls.result(discovery).path("capabilities");
        for (var kind : List.of("tools", "prompts", "resources")) {
            if (!capabilities.has(kind)) {
                var reply = client.post(client.request(kind + "/list")).send();
                Calls.status(reply);
                // An empty list is what some answer for what they do not have.
                boolean has = reply.result().map(r -> !r.path(kind).isEmpty()).orElse(false);
                reply.mustHave(
                        !has,
                        "a server that lists " + kind + " to declare the capability " + kind,
                        "it declares " + capabilities);
            }
        }
    }

    @Rule(
            id = "modern/list-order",
            level = SHOULD,
            eras = MODERN,
            unless = {NO_TOOLS, ONE_TOOL},
            title = "The tools are listed in the same order each time",
            source = "server/tools, Capabilities")
    void listOrder(Client client) {
        var list = Samples.find(Samples.of(client), Calls.LIST)
                .orElseThrow(() -> RuleAbortedException.notApplicable(NO_TOOLS));
        var clients =
                List.of(client, client.overNewConnections(), client.overNewConnections(), client.overNewConnections());
        List<String> before = null;
        int compared = 0;
        for (int i = 0; i < LOOKS; i++) {
            var pages = Pages.of(clients.get(i % clients.size()), list);
            var names = names(pages);
            if (names.size() < 2) {
                throw RuleAbortedException.notApplicable(ONE_TOOL);
            }
            // Which tools there are may change for a reason of the server's own.
            if (before != null && new TreeSet<>(before).equals(new TreeSet<>(names))) {
                compared++;
                if (!names.equals(before)) {
                    throw new Suspicion(
                            "the tools in the same order each time",
                            "they came as " + before + " and then as " + names,
                            pages.get(0));
                }
            }
            before = names;
        }
        if (compared < LOOKS / 2) {
            throw RuleAbortedException.inconclusive("the tools changed too often to compare their order");
        }
    }

    private static List<String> names(List<Exchange> pages) {
        var names = new ArrayList<String>();
        pages.forEach(page -> Calls.result(page)
                .path("tools")
                .forEach(t -> names.add(t.path("name").asString(""))));
        return names;
    }

    // ---- pages ----

    @Rule(
            id = "modern/stable-cursors",
            level = SHOULD,
            eras = MODERN,
            unless = ONE_PAGE,
            title = "A cursor leads to the same page again",
            source = PAGINATION + "Implementation Guidelines")
    void stableCursors(Client client) {
        for (var list : onPages(client)) {
            var first = list.send(list.request(client));
            var cursor = Pages.cursor(first);
            if (!cursor.isString()) {
                throw RuleAbortedException.inconclusive("the list " + list + " has one page now");
            }
            var once = Pages.at(client, list, cursor);
            mustLeadSomewhere(once);
            var again = Pages.at(client.overNewConnections(), list, cursor);
            mustLeadSomewhere(again);
            var field = Samples.LISTS.get(list.method());
            // What else is told of an item may change, such as when it was last modified.
            if (!IndependenceRules.names(list, again).equals(IndependenceRules.names(list, once))) {
                throw new Suspicion(
                        "a cursor of " + list + " to lead to the same page again",
                        "it led to " + Calls.result(again).path(field).size() + " other items",
                        again);
            }
        }
    }

    private static void mustLeadSomewhere(Exchange page) {
        Calls.whole(page);
        if (page.result().isEmpty()) {
            throw new Suspicion(
                    "a cursor that the server has just given to lead to a page", "got " + Calls.describe(page), page);
        }
    }

    @Rule(
            id = "modern/invalid-cursor",
            level = SHOULD,
            eras = MODERN,
            unless = {ONE_PAGE, ANY_CURSOR},
            title = "A cursor that the server never gave is refused with the error -32602",
            source = PAGINATION + "Error Handling")
    void invalidCursor(Client client) {
        for (var list : onPages(client)) {
            var reply = Pages.at(client, list, JsonNodeFactory.instance.stringNode(NO_CURSOR));
            Calls.whole(reply);
            if (reply.result()
                            .filter(r ->
                                    r.path(Samples.LISTS.get(list.method())).isArray())
                            .isPresent()
                    && !IndependenceRules.names(list, reply)
                            .equals(IndependenceRules.names(list, list.send(list.request(client))))) {
                throw RuleAbortedException.notApplicable(ANY_CURSOR);
            }
            reply.mustHave(
                    Calls.code(reply).equals(Optional.of(INVALID_PARAMS)),
                    "the error " + INVALID_PARAMS + " for a cursor of " + list + " that the server never gave",
                    "got " + Calls.describe(reply));
        }
    }

    /** The lists that come on pages; a server that has no pages may well not look at cursors. */
    private static List<Sample> onPages(Client client) {
        var lists = Samples.of(client).stream()
                .filter(s -> Samples.LISTS.containsKey(s.method())
                        && s.result().path("nextCursor").isString())
                .toList();
        if (lists.isEmpty()) {
            throw RuleAbortedException.notApplicable(ONE_PAGE);
        }
        return lists;
    }
}
