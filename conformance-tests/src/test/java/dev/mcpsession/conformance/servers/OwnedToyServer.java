package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.target.Target;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A right server that knows two users by their tokens: a session belongs to the user who opened it. */
public class OwnedToyServer extends ToyServer {
    private static final Map<String, String> USERS =
            Map.of("Bearer token-of-alice", "alice", "Bearer token-of-bob", "bob");

    protected final Map<String, String> owners = new ConcurrentHashMap<>();

    /** Tells the kit the tokens of both users. */
    public static Target.Builder tell(Target.Builder target) {
        return target.header("Authorization", "Bearer token-of-alice")
                .otherHeader("Authorization", "Bearer token-of-bob");
    }

    @Override
    protected Answer answer(Call call) throws Exception {
        return user(call).isEmpty() ? unauthorized(call) : super.answer(call);
    }

    protected Answer unauthorized(Call call) {
        return Answer.of(401).with("WWW-Authenticate", "Bearer");
    }

    /** The user whose token comes with a call, if it is valid. */
    protected Optional<String> user(Call call) {
        return call.header("Authorization").map(USERS::get);
    }

    @Override
    protected Answer initialize(Call call) throws Exception {
        var answer = super.initialize(call);
        if (answer.headers().containsKey(SESSION_HEADER)) {
            owners.put(answer.headers().get(SESSION_HEADER), user(call).orElseThrow());
        }
        return answer;
    }

    @Override
    protected void forget(ToySession session) {
        super.forget(session);
        owners.remove(session.id);
    }

    @Override
    protected ToySession find(Call call) {
        var session = super.find(call);
        return session == null || owns(call, session) ? session : null;
    }

    protected boolean owns(Call call, ToySession session) {
        return user(call).equals(Optional.ofNullable(owners.get(session.id)));
    }
}
