package dev.mcpsession.targets.quarkus;

import io.quarkiverse.mcp.server.Tool;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/** The tools of a small MCP server on Quarkus; its settings are in application.properties. */
public class Tools {

    @Tool(description = "Answers with the message")
    String echo(String message) {
        return message;
    }

    @Tool(description = "Answers after the given time")
    Uni<String> sleep(long milliseconds) {
        return Uni.createFrom().item("slept " + milliseconds + " ms")
                .onItem().delayIt().by(Duration.ofMillis(milliseconds));
    }
}
