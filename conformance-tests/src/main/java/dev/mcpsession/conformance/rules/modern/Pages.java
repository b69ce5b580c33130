package dev.mcpsession.conformance.rules.modern;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The pages of a list. */
final class Pages {
    /** A list that goes on for longer is not read to its end. */
    private static final int MOST = 20;

    private Pages() {}

    /**
     * The pages, from the first on.
     *
     * @throws RuleAbortedException if one of them does not come
     */
    static List<Exchange> of(Client client, Sample list) {
        var pages = new ArrayList<Exchange>();
        var page = list.send(list.request(client));
        pages.add(page);
        for (var cursor = cursor(page); cursor.isString() && pages.size() < MOST; cursor = cursor(page)) {
            page = at(client, list, cursor);
            pages.add(page);
        }
        return pages;
    }

    /** The page that a cursor leads to. */
    static Exchange at(Client client, Sample list, JsonNode cursor) {
        return list.send(list.request(client, m -> ((ObjectNode) m.get("params")).set("cursor", cursor)));
    }

    /** Where the next page is; no string where there is none. */
    static JsonNode cursor(Exchange page) {
        return Calls.result(page).path("nextCursor");
    }
}
