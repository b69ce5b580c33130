package dev.mcpsession.server.http;

import io.undertow.util.HttpString;

/** The header fields that the protocol adds to HTTP. */
final class McpHeaders {

    static final HttpString SESSION_ID = new HttpString("Mcp-Session-Id");
    static final HttpString LAST_EVENT_ID = new HttpString("Last-Event-ID");
    static final HttpString PROTOCOL_VERSION = new HttpString("MCP-Protocol-Version");
    static final HttpString METHOD = new HttpString("Mcp-Method");
    static final HttpString NAME = new HttpString("Mcp-Name");

    private McpHeaders() {}
}
