package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.StoreControl;
import dev.mcpsession.conformance.target.Target;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A right server of several nodes: one server that listens on several ports, of which each plays a node. A node can be
 * killed, and the store that they seem to share can be stopped.
 */
public class ClusterToyServer extends ToyServer implements StoreControl {
    /** The nodes that are there from the start; the others can be launched. */
    public static final int NODES = 3;

    private static final int SPARE = 12;

    protected final Map<String, Integer> homes = new ConcurrentHashMap<>();
    protected final Set<Integer> dead = ConcurrentHashMap.newKeySet();
    protected volatile boolean storeAnswers = true;
    private final AtomicInteger launched = new AtomicInteger();
    private final Map<Integer, Set<ServerConnection>> connections = new ConcurrentHashMap<>();

    public ClusterToyServer() {
        nodes = NODES + SPARE;
    }

    /** Tells the kit of the nodes, of how to start another, and of the store. */
    public Target.Builder tell(Target.Builder target) {
        nodeUris().subList(0, NODES).forEach(target::node);
        return target.launcher(settings -> new Spare(NODES + launched.getAndIncrement() % SPARE))
                .store(this);
    }

    /** A further node. */
    private final class Spare implements ServerLauncher.Serving {
        private final int node;

        Spare(int node) {
            this.node = node;
            dead.remove(node);
        }

        @Override
        public URI uri() {
            return nodeUris().get(node);
        }

        @Override
        public String output() {
            return "";
        }

        @Override
        public void close() {
            kill();
        }

        @Override
        public void kill() {
            dead.add(node);
            connections.getOrDefault(node, Set.of()).forEach(ClusterToyServer::close);
        }
    }

    private static void close(ServerConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // It is closed as far as it can be.
        }
    }

    @Override
    public boolean apply(Action action) {
        storeAnswers = action == Action.START || action == Action.RESUME;
        return true;
    }

    @Override
    protected Answer answer(Call call) throws Exception {
        int node = nodeOf(call);
        if (dead.contains(node)) {
            close(call.exchange().getConnection());
            return null;
        }
        connections
                .computeIfAbsent(node, n -> ConcurrentHashMap.newKeySet())
                .add(call.exchange().getConnection());
        return storeAnswers ? super.answer(call) : storeDown(call);
    }

    /** Answers as if the store were there. */
    protected final Answer serveAnyway(Call call) throws Exception {
        return super.answer(call);
    }

    protected Answer storeDown(Call call) throws Exception {
        return Answer.error(503, -32603, "The store does not answer").with("Retry-After", "1");
    }

    @Override
    protected Answer initialize(Call call) throws Exception {
        var answer = super.initialize(call);
        if (answer.headers().containsKey(SESSION_HEADER)) {
            homes.put(answer.headers().get(SESSION_HEADER), nodeOf(call));
        }
        return answer;
    }

    /** Whether a call has come to another node than that on which its session was opened. */
    protected boolean isElsewhere(Call call) {
        return call.sessionId()
                .map(homes::get)
                .map(home -> home != nodeOf(call))
                .orElse(false);
    }
}
