package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NOTHING_PUBLIC;
import static dev.mcpsession.conformance.judgement.Unless.NO_LISTS;
import static dev.mcpsession.conformance.judgement.Unless.NO_READABLE_RESOURCE;
import static dev.mcpsession.conformance.judgement.Unless.ONE_PAGE;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.SECOND_PRINCIPAL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** For how long, and for whom, results may be cached. */
public final class CachingRules {
    private static final String PAGE = "server/utilities/caching, ";
    private static final String CACHEABLE = PAGE + "Cacheable Results";
    private static final String PUBLIC = "public";

    @Rule(
            id = "modern/cacheable-discovery",
            level = MUST,
            eras = MODERN,
            title = "The result of server/discover says for how long and by whom it may be cached",
            source = CACHEABLE)
    void cacheableDiscovery(Client client) {
        mustBeCacheable(Calls.discover(client));
    }

    @Rule(
            id = "modern/cacheable-lists",
            level = MUST,
            eras = MODERN,
            unless = NO_LISTS,
            title = "The result of every list, on each of its pages, says for how long and by whom it may be cached",
            source = CACHEABLE)
    void cacheableLists(Client client) {
        lists(client).forEach(list -> Pages.of(client, list).forEach(CachingRules::mustBeCacheable));
    }

    @Rule(
            id = "modern/cacheable-reads",
            level = MUST,
            eras = MODERN,
            unless = NO_READABLE_RESOURCE,
            title = "The result of reading a resource says for how long and by whom it may be cached",
            source = CACHEABLE)
    void cacheableReads(Client client) {
        var read = Samples.find(Samples.of(client), Samples.READ);
        mustBeCacheable(read.orElseThrow(() -> RuleAbortedException.notApplicable(NO_READABLE_RESOURCE))
                .served());
    }

    private static List<Sample> lists(Client client) {
        var lists = Samples.of(client).stream()
                .filter(s -> Samples.LISTS.containsKey(s.method()))
                .toList();
        if (lists.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_LISTS);
        }
        return lists;
    }

    private static void mustBeCacheable(Exchange reply) {
        var result = Calls.result(reply);
        if (!result.path("resultType").asString("complete").equals("complete")) {
            throw RuleAbortedException.inconclusive(
                    "the result of " + reply.describe() + " is not complete, so that it need not say");
        }
        var ttl = result.path("ttlMs");
        reply.mustHave(
                Json.isInteger(ttl) && ttl.asDouble() >= 0,
                "the result of " + reply.describe() + " to have a ttlMs of 0 or more",
                ttl.isMissingNode() ? "it has none" : "it is " + ttl);
        var scope = scope(reply);
        reply.mustHave(
                scope.equals(PUBLIC) || scope.equals("private"),
                "the result of " + reply.describe() + " to have the cacheScope public or private",
                result.has("cacheScope") ? "it is " + result.get("cacheScope") : "it has none");
    }

    private static String scope(Exchange reply) {
        return Calls.result(reply).path("cacheScope").asString("");
    }

    @Rule(
            id = "modern/one-cache-scope",
            level = MUST,
            eras = MODERN,
            unless = {NO_LISTS, ONE_PAGE},
            title = "All pages of a list have the same cacheScope",
            source = PAGE + "Interaction with Pagination")
    void oneCacheScope(Client client) {
        boolean any = false;
        for (var list : lists(client)) {
            var pages = Pages.of(client, list);
            any |= pages.size() > 1;
            var first = scope(pages.get(0));
            for (var page : pages) {
                page.mustHave(
                        scope(page).equals(first),
                        "every page of " + list + " to have the cacheScope of the first, " + first,
                        "it is " + scope(page));
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(ONE_PAGE);
        }
    }

    @Rule(
            id = "modern/public-for-all",
            level = ADVICE,
            eras = MODERN,
            requires = SECOND_PRINCIPAL,
            unless = NOTHING_PUBLIC,
            title = "What may be cached for everybody is the same for two users",
            source = PAGE + "Cache Scope Field; Security Considerations")
    void publicForAll(Client client) {
        var other = client.asOther();
        boolean any = false;
        for (var sample : Samples.answered(Samples.of(client))) {
            if (!sample.result().path("cacheScope").asString("").equals(PUBLIC)) {
                continue;
            }
            var ours = comparable(Calls.result(sample.send(sample.request(client))));
            var theirs = sample.send(sample.request(other));
            Calls.status(theirs);
            if (theirs.result().isEmpty()
                    || !comparable(Calls.result(sample.send(sample.request(client))))
                            .equals(ours)) {
                // What is not the same twice for one user need not be so for two.
                continue;
            }
            any = true;
            if (!ours.equals(comparable(theirs.result().get()))) {
                // It may have changed meanwhile.
                throw new Suspicion(
                        "the result of " + sample
                                + ", which may be cached for everybody, to be the same for both users",
                        "they differ",
                        theirs);
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NOTHING_PUBLIC);
        }
    }

    /** The content of a result, without the members that may differ from one time to the next. */
    private static JsonNode comparable(JsonNode result) {
        var copy = (tools.jackson.databind.node.ObjectNode) result.deepCopy();
        copy.remove(List.of("_meta", "ttlMs", "nextCursor"));
        return copy;
    }
}
