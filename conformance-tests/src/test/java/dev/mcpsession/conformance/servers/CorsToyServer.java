package dev.mcpsession.conformance.servers;

import io.undertow.util.HttpString;

/** A right server that serves web pages of this machine too: what browsers ask for (CORS) it grants. */
public class CorsToyServer extends ToyServer {
    @Override
    protected Answer answer(Call call) throws Exception {
        var origin = call.header("Origin");
        if (origin.isEmpty() || !allowed(origin.get())) {
            return super.answer(call);
        }
        if (grants(call)) {
            var headers = call.exchange().getResponseHeaders();
            headers.put(new HttpString("Access-Control-Allow-Origin"), origin.get());
            headers.put(new HttpString("Vary"), "Origin");
            if (!exposedHeaders().isEmpty()) {
                headers.put(new HttpString("Access-Control-Expose-Headers"), exposedHeaders());
            }
        }
        return call.method().equals("OPTIONS") ? preflight(call) : super.answer(call);
    }

    /** Whether replies to a request say that the page may see them. */
    protected boolean grants(Call call) {
        return true;
    }

    protected Answer preflight(Call call) {
        return Answer.of(204)
                .with("Access-Control-Allow-Methods", allowedMethods())
                .with("Access-Control-Allow-Headers", allowedHeaders());
    }

    protected String allowedMethods() {
        return "GET, POST, DELETE";
    }

    protected String allowedHeaders() {
        return "Content-Type, Accept, Authorization, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID";
    }

    protected String exposedHeaders() {
        return SESSION_HEADER;
    }
}
