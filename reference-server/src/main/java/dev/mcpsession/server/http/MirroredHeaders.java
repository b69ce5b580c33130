package dev.mcpsession.server.http;

import static dev.mcpsession.server.protocol.RpcException.HEADER_MISMATCH;

import dev.mcpsession.server.protocol.Message.Request;
import dev.mcpsession.server.protocol.RpcException;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The header fields in which a modern request repeats parts of its body, so that whatever stands between client and
 * server need not read the body. Whoever does read it must see to it that both say the same.
 */
final class MirroredHeaders {

    private static final String ENCODED = "=?base64?";
    private static final String ENCODED_END = "?=";

    private MirroredHeaders() {}

    /**
     * Returns the value of a field, without the white space around it.
     *
     * @throws RpcException if it is missing or there twice, or holds anything but visible ASCII, spaces and tabs
     */
    static String require(HttpServerExchange exchange, HttpString name) throws RpcException {
        var values = exchange.getRequestHeaders().get(name);
        if (values == null) {
            throw mismatch(name + " is required");
        }
        if (values.size() > 1) {
            throw mismatch("more than one " + name);
        }
        var value = values.getFirst().strip();
        if (!value.chars().allMatch(c -> c >= ' ' && c <= '~' || c == '\t')) {
            throw mismatch(name + " holds characters that a header may not hold");
        }
        return value;
    }

    /**
     * Checks the fields that mirror the method of a request, and what the method is about.
     *
     * @param arguments the arguments that are mirrored as well, by the names of their fields; missing ones included
     */
    static void check(HttpServerExchange exchange, Request request, Map<String, JsonNode> arguments)
            throws RpcException {
        if (!require(exchange, McpHeaders.METHOD).equals(request.method())) {
            throw differs(McpHeaders.METHOD);
        }
        var source = switch (request.method()) {
            case "tools/call", "prompts/get" -> request.params().path("name");
            case "resources/read" -> request.params().path("uri");
            default -> null;
        };
        if (source != null) {
            checkValue(exchange, McpHeaders.NAME, source);
        }
        for (var argument : arguments.entrySet()) {
            var name = new HttpString(argument.getKey());
            checkValue(exchange, name, argument.getValue());
            if (argument.getValue().isMissingNode()
                    && exchange.getRequestHeaders().contains(name)) {
                throw differs(name);
            }
        }
    }

    /** Checks one field. A value in the body that should be a string and is not is refused elsewhere. */
    private static void checkValue(HttpServerExchange exchange, HttpString name, JsonNode body) throws RpcException {
        if (body.isString() && !body.stringValue().equals(decoded(name, require(exchange, name)))) {
            throw differs(name);
        }
    }

    /** Undoes the encoding in which a value comes that is not plain ASCII. */
    private static String decoded(HttpString name, String value) throws RpcException {
        if (!value.startsWith(ENCODED)
                || !value.endsWith(ENCODED_END)
                || value.length() < ENCODED.length() + ENCODED_END.length()) {
            return value;
        }
        var base64 = value.substring(ENCODED.length(), value.length() - ENCODED_END.length());
        try {
            var bytes = Base64.getDecoder().decode(base64);
            // The decoder forgives missing padding, and bits that belong to nothing.
            if (Base64.getEncoder().encodeToString(bytes).equals(base64)) {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            }
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw mismatch(name + " is not well encoded");
        }
        throw mismatch(name + " is not well encoded");
    }

    static RpcException differs(HttpString name) {
        return mismatch(name + " does not say the same as the body");
    }

    static RpcException mismatch(String why) {
        return new RpcException(HEADER_MISMATCH, "Header mismatch: " + why);
    }
}
