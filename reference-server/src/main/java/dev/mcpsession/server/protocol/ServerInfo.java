package dev.mcpsession.server.protocol;

import tools.jackson.databind.node.ObjectNode;

/** The name, version and capabilities of the server, as it tells them. */
final class ServerInfo {

    private static final String VERSION = version();

    private ServerInfo() {}

    static ObjectNode describe() {
        return Json.object().put("name", "mcp-session-reference-server").put("version", VERSION);
    }

    static ObjectNode capabilities() {
        var capabilities = Json.object();
        capabilities.putObject("logging");
        capabilities.putObject("tools").put("listChanged", true);
        return capabilities;
    }

    /** From the jar's manifest; class files that are run from a directory have none. */
    private static String version() {
        var version = ServerInfo.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
