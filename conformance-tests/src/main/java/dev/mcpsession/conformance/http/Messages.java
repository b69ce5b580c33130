package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON-RPC messages of a client that speaks one revision. */
final class Messages {
    private static final String NAME = "mcp-session-conformance";
    private static final String VERSION =
            Objects.requireNonNullElse(Client.class.getPackage().getImplementationVersion(), "dev");

    /** The User-Agent that names the kit. */
    static final String USER_AGENT = NAME + "/" + VERSION;

    private final Revision revision;
    private final AtomicInteger ids;

    /** @param ids counts the ids that were given; shared by all clients of a rule */
    Messages(Revision revision, AtomicInteger ids) {
        this.revision = revision;
        this.ids = ids;
    }

    int nextId() {
        return ids.incrementAndGet();
    }

    ObjectNode idleNotification() {
        var message = Json.notification("notifications/cancelled");
        message.putObject("params").put("requestId", nextId()).put("reason", "never made");
        return message;
    }

    ObjectNode request(String method) {
        var message = Json.request(nextId(), method);
        if (!revision.isLegacy()) {
            addMeta(message.putObject("params"));
        }
        return message;
    }

    void addMeta(ObjectNode params) {
        var meta = params.putObject("_meta");
        meta.put(Client.META_PREFIX + "protocolVersion", revision.wire());
        clientInfo(meta.putObject(Client.META_PREFIX + "clientInfo"));
        meta.putObject(Client.META_PREFIX + "clientCapabilities");
    }

    ObjectNode initialize(String version) {
        var message = Json.request(nextId(), "initialize");
        var params = message.putObject("params");
        params.put("protocolVersion", version);
        params.putObject("capabilities");
        clientInfo(params.putObject("clientInfo"));
        return message;
    }

    private static void clientInfo(ObjectNode info) {
        info.put("name", NAME).put("version", VERSION);
    }

    ObjectNode call(String tool, JsonNode arguments) {
        var message = request("tools/call");
        var params = message.get("params") instanceof ObjectNode given ? given : message.putObject("params");
        params.put("name", tool);
        params.set("arguments", arguments);
        return message;
    }
}
