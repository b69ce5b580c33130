package dev.mcpsession.conformance.servers;

import java.math.BigDecimal;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The modern toy server, whose slow tool wants its only argument mirrored into a header. */
public class MirroringToyServer extends ModernToyServer {
    protected static final String PARAMETER = "milliseconds";

    @Override
    protected ObjectNode tools(Call call) {
        var result = super.tools(call);
        for (var tool : result.get("tools")) {
            if (tool.path("name").asString("").equals("sleep")) {
                var properties = ((ObjectNode) tool.get("inputSchema")).putObject("properties");
                properties.putObject(PARAMETER).put("type", "integer").put("x-mcp-header", "Sleep-For");
                mirror(properties);
            }
        }
        return result;
    }

    /** For variants that mirror more, or otherwise. */
    protected void mirror(ObjectNode properties) {
        // A right server has nothing to add.
    }

    @Override
    protected Answer nameHeaderWrong(Call call) {
        var wrong = super.nameHeaderWrong(call);
        return wrong != null || isMirrored(call) ? wrong : mismatch(call, "Mcp-Param-Sleep-For is not the argument");
    }

    /** Whether the header says what the argument says, where there is one. */
    protected boolean isMirrored(Call call) {
        var argument = params(call).path("arguments").path(PARAMETER);
        var header = header(call);
        return !argument.isNumber()
                || !params(call).path("name").asString("").equals("sleep")
                || header.filter(h -> isSame(h, argument)).isPresent();
    }

    /** Whether the text of a header is the number of an argument. */
    protected boolean isSame(String header, JsonNode argument) {
        return header.matches("-?[0-9]+(\\.0+)?") && new BigDecimal(header).compareTo(argument.decimalValue()) == 0;
    }

    protected static Optional<String> header(Call call) {
        return call.header("Mcp-Param-Sleep-For").map(ModernToyServer::decoded);
    }
}
