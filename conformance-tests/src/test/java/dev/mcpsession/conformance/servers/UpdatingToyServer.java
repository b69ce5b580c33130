package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A right server of 2026-07-28 whose resources change: it tells those who asked for that, and no others. */
public class UpdatingToyServer extends FullToyServer {
    @Override
    protected ObjectNode discovery(Call call) {
        var result = super.discovery(call);
        ((ObjectNode) result.get("capabilities").get("resources")).put("subscribe", true);
        return result;
    }

    @Override
    protected ObjectNode honoured(JsonNode asked) {
        var honoured = super.honoured(asked);
        if (asked.path("resourceSubscriptions").isArray()) {
            honoured.set("resourceSubscriptions", asked.path("resourceSubscriptions"));
        }
        return honoured;
    }

    @Override
    protected void changes(Call call, Events events) throws Exception {
        super.changes(call, events);
        for (var uri : changed()) {
            if (tells(params(call).path("notifications"), uri)) {
                var update = Json.notification("notifications/resources/updated");
                update.putObject("params").put("uri", uri);
                events.send(tagged(call, update));
            }
        }
    }

    /** The URIs of what has changed: resources, and things below them that are in no list. */
    protected List<String> changed() {
        return List.of("toy://note", "toy://note#line-2", "toy://picture?size=4");
    }

    /** Whether who asked for the resources of a filter is told of a change. */
    protected boolean tells(JsonNode filter, String uri) {
        return filter.path("resourceSubscriptions").valueStream().anyMatch(asked -> uri.startsWith(asked.asString("")));
    }
}
