package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The modern toy server with everything, for two users with tokens, as the specification's authorization has it. */
public class GuardedToyServer extends FullToyServer {
    private static final Map<String, String> USERS =
            Map.of("Bearer token-of-alice", "alice", "Bearer token-of-bob", "bob");
    protected static final String METADATA = "/.well-known/oauth-protected-resource";

    @Override
    protected Answer answer(Call call) throws Exception {
        if (call.exchange().getRequestPath().equals(METADATA)) {
            return Answer.json(200, metadata());
        }
        return user(call).isPresent() || isPublic(call) ? super.answer(call) : unauthorized(call);
    }

    protected Optional<String> user(Call call) {
        return call.header("Authorization").map(USERS::get);
    }

    /** Whether a request needs no token. */
    protected boolean isPublic(Call call) {
        return false;
    }

    protected Answer unauthorized(Call call) {
        return Answer.of(401).with("WWW-Authenticate", challenge());
    }

    protected String challenge() {
        var own = uri();
        return "Bearer resource_metadata=\"" + own.getScheme() + "://" + own.getAuthority() + METADATA
                + "\", scope=\"toys:play\"";
    }

    protected ObjectNode metadata() {
        var metadata = Json.object().put("resource", uri().toString());
        metadata.putArray("authorization_servers").add("https://login.example");
        metadata.putArray("scopes_supported").add("toys:play");
        return metadata;
    }
}
