package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.target.LaunchSettings;

/** A right server of several nodes that has so many sessions at most, on all nodes together, and none that expires. */
public class BoundedCluster extends ClusterToyServer {
    private final int bound;
    private final boolean makesRoom;

    /** @param makesRoom whether the session that has been idle longest ends for a new one, which is refused else */
    public BoundedCluster(int bound, boolean makesRoom) {
        this.bound = bound;
        this.makesRoom = makesRoom;
    }

    @Override
    protected void configure(LaunchSettings settings) {
        super.configure(settings);
        idleTimeout = null;
    }

    @Override
    protected synchronized Answer initialize(Call call) throws Exception {
        return hasRoom(nodeOf(call)) || makesRoom && makeRoom(nodeOf(call))
                ? super.initialize(call)
                : Answer.error(503, -32000, "Too many sessions").with("Retry-After", "1");
    }

    private boolean hasRoom(int node) {
        return sessions.values().stream().filter(s -> counts(s, node)).count() < bound;
    }

    /** Whether a node counts a session, which another may have opened. */
    protected boolean counts(ToySession session, int node) {
        return true;
    }

    private boolean makeRoom(int node) {
        var longest = sessions.values().stream()
                .filter(s -> counts(s, node) && s.open() == 0)
                .min((a, b) -> Long.signum(a.quietSince - b.quietSince));
        if (longest.isEmpty() || !longest.get().end(false, 0)) {
            return false;
        }
        forget(longest.get());
        return true;
    }
}
