package dev.mcpsession.targets.kotlinsdk

import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import io.modelcontextprotocol.kotlin.sdk.server.Server
import io.modelcontextprotocol.kotlin.sdk.server.ServerOptions
import io.modelcontextprotocol.kotlin.sdk.server.mcpStatelessStreamableHttp
import io.modelcontextprotocol.kotlin.sdk.server.mcpStreamableHttp
import io.modelcontextprotocol.kotlin.sdk.types.CallToolResult
import io.modelcontextprotocol.kotlin.sdk.types.Implementation
import io.modelcontextprotocol.kotlin.sdk.types.ServerCapabilities
import io.modelcontextprotocol.kotlin.sdk.types.TextContent
import io.modelcontextprotocol.kotlin.sdk.types.ToolSchema
import kotlinx.coroutines.delay
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonObject
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

private fun schema(parameter: String, type: String) = ToolSchema(
    properties = buildJsonObject { putJsonObject(parameter) { put("type", type) } },
    required = listOf(parameter),
)

private fun text(text: String) = CallToolResult(content = listOf(TextContent(text)))

private fun server(): Server {
    val server = Server(
        Implementation(name = "kotlin-sdk-target", version = "1.0.0"),
        ServerOptions(ServerCapabilities(tools = ServerCapabilities.Tools(listChanged = true))),
    )
    server.addTool("echo", "Answers with the message", schema("message", "string")) { request ->
        text(request.arguments!!.getValue("message").jsonPrimitive.content)
    }
    server.addTool("sleep", "Answers after the given time", schema("milliseconds", "integer")) { request ->
        val milliseconds = request.arguments!!.getValue("milliseconds").jsonPrimitive.long
        delay(milliseconds)
        text("slept $milliseconds ms")
    }
    return server
}

/** Settings come from the environment: MCP_PORT, MCP_IDLE_TIMEOUT_SECONDS and MCP_STATELESS. */
fun main() {
    val idleTimeout = System.getenv("MCP_IDLE_TIMEOUT_SECONDS")?.toDouble()?.seconds ?: Duration.INFINITE
    val stateless = System.getenv("MCP_STATELESS") == "true"
    require(!stateless || idleTimeout == Duration.INFINITE) { "mcpStatelessStreamableHttp takes no idle timeout" }
    embeddedServer(CIO, host = "127.0.0.1", port = System.getenv("MCP_PORT").toInt()) {
        if (stateless) {
            mcpStatelessStreamableHttp { server() }
        } else {
            mcpStreamableHttp(sessionIdleTimeout = idleTimeout) { server() }
        }
    }.start(wait = true)
}
