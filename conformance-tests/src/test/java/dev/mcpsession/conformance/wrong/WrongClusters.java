package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.BoundedCluster;
import dev.mcpsession.conformance.servers.ClusterToyServer;
import dev.mcpsession.conformance.servers.FullToyServer;
import dev.mcpsession.conformance.servers.GuardedToyServer;
import dev.mcpsession.conformance.servers.OwnedToyServer;
import dev.mcpsession.conformance.servers.ResumableToyServer;
import dev.mcpsession.conformance.servers.TalkativeToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers of several nodes that break the rules of the area cluster, one each. */
final class WrongClusters {
    private static final Duration PATIENCE = Duration.ofMillis(1500);

    private WrongClusters() {}

    static List<WrongServer> all() {
        return Stream.of(sharing(), bounds(), ends(), time(), streams(), faults(), modern())
                .flatMap(List::stream)
                .toList();
    }

    /** Tells the kit of the nodes of a server, where it plays several. */
    static Target.Builder tell(Target.Builder target, ServerLauncher.Serving server) {
        if (server instanceof ClusterToyServer cluster) {
            return cluster.tell(target);
        }
        if (server instanceof ToyServer toy && toy.nodeUris().size() > 1) {
            toy.nodeUris().forEach(target::node);
        }
        return target;
    }

    /** A wrong cluster whose nodes the kit may not kill. */
    private static WrongServer cluster(
            String name, String breaks, String says, Supplier<? extends ClusterToyServer> kind) {
        return WrongServer.toy(name, breaks, says, kind)
                .told(t -> t.launcher(null).store(null));
    }

    private static List<WrongServer> sharing() {
        return List.of(
                cluster(
                        "keeps each session on the node that opened it",
                        "cluster/session-on-all-nodes",
                        "to be served by node 2, but ping was answered 404",
                        () -> new ClusterToyServer() {
                            @Override
                            protected ToySession find(Call call) {
                                return isElsewhere(call) ? null : super.find(call);
                            }
                        }),
                WrongServer.toy(
                                "keeps each session on a replica that nobody can choose",
                                "cluster/session-on-all-nodes",
                                "was refused with 404",
                                () -> new ToyServer() {
                                    private final AtomicInteger turn = new AtomicInteger();
                                    private final Map<String, Integer> homes = new ConcurrentHashMap<>();

                                    @Override
                                    protected ToySession find(Call call) {
                                        int replica = turn.getAndIncrement() % 5 / 3;
                                        return homes.computeIfAbsent(
                                                                call.sessionId().orElse(""), id -> replica)
                                                        == replica
                                                ? super.find(call)
                                                : null;
                                    }
                                })
                        .told(t -> t.replicasBehind(true)),
                cluster(
                        "takes notice of initialized on the node that opened the session only",
                        "cluster/initialized-on-another-node",
                        "expected tools/list to be served by node 1 after node 2 has accepted",
                        () -> new ClusterToyServer() {
                            private final Set<String> ready = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                if (call.called().equals("notifications/initialized") && !isElsewhere(call)) {
                                    ready.add(session.id);
                                }
                                return super.accepted(call, session);
                            }

                            @Override
                            protected Answer listTools(Call call) throws Exception {
                                return ready.contains(call.sessionId().orElse(""))
                                        ? super.listTools(call)
                                        : reply(call, error(call, -32002, "Not initialized"));
                            }
                        }),
                cluster(
                        "offers a stream on the node that opened the session only",
                        "cluster/get-on-all-nodes",
                        "expected a GET stream from node 2, as from the first",
                        () -> new ClusterToyServer() {
                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                return nodeOf(call) == 1 ? notAllowed() : super.get(call, session);
                            }
                        }),
                cluster(
                        "has forgotten on other nodes which revision was negotiated",
                        "cluster/version-on-all-nodes",
                        "expected the revision of the session to be accepted by node 2",
                        () -> new ClusterToyServer() {
                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                var version = call.header("MCP-Protocol-Version");
                                return isElsewhere(call)
                                                && version.isPresent()
                                                && !version.get().equals("2025-03-26")
                                        ? Answer.error(400, -32000, "Not the revision of the session")
                                        : super.serve(call, session);
                            }
                        }),
                cluster(
                        "lets nobody write to a session that another node writes to",
                        "cluster/served-side-by-side",
                        "expected ping to be served by node",
                        () -> new ClusterToyServer() {
                            private final Map<String, Integer> writing = new ConcurrentHashMap<>();

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                if (!call.called().equals("ping")) {
                                    return super.serve(call, session);
                                }
                                int node = nodeOf(call);
                                if (writing.putIfAbsent(session.id, node) != null) {
                                    return Answer.error(409, -32000, "The session was changed meanwhile");
                                }
                                try {
                                    Thread.sleep(10);
                                    return super.serve(call, session);
                                } finally {
                                    writing.remove(session.id);
                                }
                            }
                        }),
                cluster(
                        "finds a response in the store by the id of its request alone",
                        "cluster/same-ids-do-not-cross",
                        "though another node was asked with the same id in another session",
                        () -> new ClusterToyServer() {
                            private final Map<String, Answer> answers = new ConcurrentHashMap<>();

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                var answer = super.serve(call, session);
                                if (!call.isRequest()
                                        || !Set.of("ping", "no/such/method").contains(call.called())) {
                                    return answer;
                                }
                                var key = call.message().get("id").toString();
                                answers.put(key, answer);
                                Thread.sleep(20);
                                return answers.get(key);
                            }
                        }),
                cluster(
                        "adopts ids on other nodes that nobody has issued",
                        "cluster/unknown-id-on-all-nodes",
                        "expected an id that was never issued to be refused by node 2",
                        () -> new ClusterToyServer() {
                            @Override
                            protected ToySession find(Call call) {
                                var id = call.sessionId().orElse("");
                                return nodeOf(call) == 1 && !homes.containsKey(id)
                                        ? new ToySession(id, Revision.V2025_11_25.wire())
                                        : super.find(call);
                            }
                        }),
                cluster(
                                "makes ids of a number that every node counts by itself",
                                "cluster/ids-unique",
                                "gave the same",
                                () -> new ClusterToyServer() {
                                    private final Map<Integer, AtomicInteger> counts = new ConcurrentHashMap<>();
                                    private final ThreadLocal<Integer> opener = new ThreadLocal<>();

                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        opener.set(nodeOf(call));
                                        return super.initialize(call);
                                    }

                                    @Override
                                    protected String newId() {
                                        int node = opener.get();
                                        int count = counts.computeIfAbsent(node, n -> new AtomicInteger())
                                                .getAndIncrement();
                                        return UUID.nameUUIDFromBytes(new byte[] {(byte) count, (byte) (count >> 8)})
                                                .toString();
                                    }
                                })
                        .because("sessions that share an id end together"),
                WrongServer.toy(
                                "asks on the node that opened a session only whose it is",
                                "cluster/owner-on-all-nodes",
                                "expected another user's POST ping to be refused by node 2",
                                () -> ToyServer.onNodes(3, new OwnedToyServer() {
                                    @Override
                                    protected boolean owns(Call call, ToySession session) {
                                        return nodeOf(call) != 0 || super.owns(call, session);
                                    }
                                }))
                        .told(OwnedToyServer::tell));
    }

    private static List<WrongServer> bounds() {
        return List.of(
                bounded(
                        "makes room for a new session among those of the same node",
                        "expected node 2 and node 1 to keep together to the 70 sessions that node 1 keeps to alone, but"
                                + " 72 lived",
                        () -> new BoundedCluster(70, true) {
                            @Override
                            protected boolean counts(ToySession session, int node) {
                                return homes.getOrDefault(session.id, node) == node;
                            }
                        }),
                bounded(
                        "refuses to open more sessions than there may be on one node",
                        "expected node 2 and node 1 to keep together to the 70 sessions that node 1 keeps to alone, but"
                                + " 72 lived",
                        () -> new BoundedCluster(70, false) {
                            @Override
                            protected boolean counts(ToySession session, int node) {
                                return homes.getOrDefault(session.id, node) == node;
                            }
                        }),
                bounded(
                        "knows on one node of the sessions of all, and on the others of their own only",
                        "to keep together to the 70 sessions that node",
                        () -> new BoundedCluster(70, true) {
                            @Override
                            protected boolean counts(ToySession session, int node) {
                                return node == 1 || homes.getOrDefault(session.id, node) == node;
                            }
                        }));
    }

    /** A cluster with a bound that is beyond what the other rules have open at once, but not all that they may have. */
    private static WrongServer bounded(String name, String says, Supplier<? extends ClusterToyServer> kind) {
        return WrongServer.toy(name, "cluster/cap-shared", says, kind)
                .told(t -> t.launcher(null)
                        .store(null)
                        .stress(true)
                        .maxSessions(80)
                        .idleTimeout(null));
    }

    private static List<WrongServer> ends() {
        return List.of(
                cluster(
                        "ends a session on the node that opened it only",
                        "cluster/delete-on-another-node",
                        "expected DELETE of a session of node 1 to succeed on node 2, but got 404",
                        () -> new ClusterToyServer() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                return isElsewhere(call) ? unknownId(call) : super.delete(call);
                            }
                        }),
                cluster(
                        "confirms a DELETE on another node, and serves the session on where it was opened",
                        "cluster/deleted-on-all-nodes",
                        "expected status 404 from node 1 after the session was ended on node 2",
                        () -> new ClusterToyServer() {
                            private final Set<String> gone = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                if (isElsewhere(call) && find(call) != null) {
                                    gone.add(call.sessionId().orElseThrow());
                                    return Answer.of(204);
                                }
                                return super.delete(call);
                            }

                            @Override
                            protected ToySession find(Call call) {
                                return isElsewhere(call)
                                                && gone.contains(
                                                        call.sessionId().orElseThrow())
                                        ? null
                                        : super.find(call);
                            }
                        }),
                cluster(
                        "confirms a DELETE once on each node",
                        "cluster/delete-once",
                        "DELETEs of a session at once to succeed, but",
                        () -> new ClusterToyServer() {
                            private final Set<String> confirmed = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                var session = find(call);
                                Thread.sleep(20);
                                var answer = super.delete(call);
                                return session != null && confirmed.add(session.id + nodeOf(call))
                                        ? Answer.of(204)
                                        : answer;
                            }
                        }),
                cluster(
                        "leaves the streams of a session open that another node has ended",
                        "cluster/delete-ends-streams",
                        "expected the GET stream on node 1 to end when its session is ended on node 2",
                        () -> new ClusterToyServer() {
                            private final Set<String> endedElsewhere = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer delete(Call call) throws Exception {
                                if (isElsewhere(call)) {
                                    endedElsewhere.add(call.sessionId().orElseThrow());
                                }
                                return super.delete(call);
                            }

                            @Override
                            protected Answer get(Call call, ToySession session) throws Exception {
                                call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
                                var out = call.exchange().getOutputStream();
                                try {
                                    do {
                                        out.write(": here\n\n".getBytes(StandardCharsets.UTF_8));
                                        out.flush();
                                        Thread.sleep(20);
                                    } while (!closed && (!session.awaitEnd(0) || endedElsewhere.contains(session.id)));
                                    out.close();
                                } catch (IOException e) {
                                    // The client went away.
                                }
                                return null;
                            }
                        }),
                cluster(
                                "never answers a call whose session another node has ended",
                                "cluster/delete-ends-calls",
                                "expected a call on node 1 to end when its session is ended on node 2",
                                () -> new ClusterToyServer() {
                                    @Override
                                    protected boolean sleep(Call call, ToySession session, long millis)
                                            throws InterruptedException {
                                        boolean slept = super.sleep(call, session, millis);
                                        while (!slept && !closed) {
                                            Thread.sleep(20);
                                        }
                                        return slept;
                                    }
                                })
                        .told(t -> t.patience(PATIENCE).launcher(null).store(null)));
    }

    private static List<WrongServer> time() {
        return List.of(
                cluster(
                        "counts the activity on the node that opened the session only",
                        "cluster/activity-on-another-node",
                        "to be served by node 2 while it had requests there all along",
                        () -> new ClusterToyServer() {
                            @Override
                            protected Answer in(Call call, InSession action) throws Exception {
                                var session = isElsewhere(call)
                                        ? sessions.get(call.sessionId().orElse(""))
                                        : null;
                                long before = session == null ? 0 : session.quietSince;
                                var answer = super.in(call, action);
                                if (session != null) {
                                    session.quietSince = before;
                                }
                                return answer;
                            }
                        }),
                cluster(
                        "judges by the last arrival whether a session lives whose call another node runs",
                        "cluster/in-flight-on-another-node",
                        "expected a session to live on node 2 while node 1 works for it",
                        () -> new ByArrival("tools/call")),
                cluster(
                        "judges by the last arrival whether a session lives whose stream another node has",
                        "cluster/stream-on-another-node",
                        "expected a session to live on node 2 while it has a stream on node 1",
                        () -> new ByArrival("")),
                cluster(
                        "serves sessions from a memory of the second node when they have expired",
                        "cluster/expired-on-all-nodes",
                        "expected status 404 from node 2 for a session that has been idle",
                        () -> new RemembersExpired(Long.MAX_VALUE)),
                cluster(
                        "brings sessions back that have just expired",
                        "cluster/no-resurrection",
                        "for a session that a node has answered 404 before",
                        () -> new RemembersExpired(Long.MAX_VALUE)));
    }

    /** Other nodes look when something last arrived, and not at what one kind of exchange still does. */
    private static final class ByArrival extends ClusterToyServer {
        private final Map<String, Long> arrivals = new ConcurrentHashMap<>();
        private final Map<String, AtomicInteger> open = new ConcurrentHashMap<>();
        private final String kind;

        ByArrival(String kind) {
            this.kind = kind;
        }

        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            var id = call.sessionId().orElse("");
            var count = open.computeIfAbsent(id, i -> new AtomicInteger());
            Long last = arrivals.put(id, System.nanoTime());
            if (isElsewhere(call)
                    && last != null
                    && count.get() > 0
                    && System.nanoTime() - last > idleTimeout.toNanos()) {
                return unknownId(call);
            }
            boolean counts = call.called().equals(kind);
            count.addAndGet(counts ? 1 : 0);
            try {
                return super.in(call, action);
            } finally {
                count.addAndGet(counts ? -1 : 0);
            }
        }
    }

    /** The second node serves sessions that have expired, for a while. */
    private static final class RemembersExpired extends ClusterToyServer {
        private final Map<String, Long> expired = new ConcurrentHashMap<>();
        private final long nanos;

        RemembersExpired(long nanos) {
            this.nanos = nanos;
        }

        @Override
        protected void reapIfIdle(ToySession session) {
            super.reapIfIdle(session);
            if (!sessions.containsKey(session.id)) {
                expired.putIfAbsent(session.id, System.nanoTime());
            }
        }

        @Override
        protected ToySession find(Call call) {
            var since = expired.get(call.sessionId().orElse(""));
            return nodeOf(call) == 1 && since != null && System.nanoTime() - since < nanos
                    ? new ToySession(call.sessionId().orElseThrow(), Revision.V2025_11_25.wire())
                    : super.find(call);
        }
    }

    private static List<WrongServer> streams() {
        return List.of(
                WrongServer.toy(
                        "numbers the streams of a session on each node anew",
                        "cluster/event-ids-unique",
                        "expected every event of a session to have an id of its own, on whichever node",
                        () -> ToyServer.onNodes(3, new ResumableToyServer() {
                            private final ThreadLocal<Integer> here = ThreadLocal.withInitial(() -> 0);
                            private final Map<Log, Integer> numbers = new ConcurrentHashMap<>();
                            private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

                            @Override
                            protected Answer answer(Call call) throws Exception {
                                here.set(nodeOf(call));
                                return super.answer(call);
                            }

                            @Override
                            protected String eventId(ToySession session, Log log, int n) {
                                int number = numbers.computeIfAbsent(
                                        log,
                                        l -> counts.computeIfAbsent(session.id + here.get(), k -> new AtomicInteger())
                                                .getAndIncrement());
                                return session.id + "/" + number + "/" + n;
                            }
                        })),
                WrongServer.toy(
                        "keeps events on the node that sent them",
                        "cluster/resumed-on-another-node",
                        "expected a stream of node 1 to be resumed on node 2, as on its own node",
                        () -> ToyServer.onNodes(3, new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId)
                                    throws Exception {
                                return nodeOf(call) == 0
                                        ? super.resume(call, session, lastEventId)
                                        : unknownEventId(call, session);
                            }
                        })),
                WrongServer.toy(
                        "never answers a client that asks another node for the rest of a stream",
                        "cluster/resumed-on-another-node",
                        "expected a stream of node 1 to be resumed on node 2, as on its own node, but GET with"
                                + " Last-Event-ID was answered no reply",
                        () -> ToyServer.onNodes(3, new ResumableToyServer() {
                            @Override
                            protected Answer resume(Call call, ToySession session, String lastEventId)
                                    throws Exception {
                                while (nodeOf(call) != 0 && !closed && !session.awaitEnd(20)) {
                                    // No head comes while the session lives.
                                }
                                return super.resume(call, session, lastEventId);
                            }
                        })),
                WrongServer.toy(
                        "sends a message on the streams of all nodes",
                        "cluster/no-broadcast",
                        "expected each message of the server on one stream only",
                        () -> ToyServer.onNodes(3, new ResumableToyServer() {
                            @Override
                            protected void deliver(ObjectNode message, List<Log> open) {
                                open.forEach(log -> log.append(message.toString()));
                            }
                        })),
                WrongServer.toy(
                        "tells of what was asked on the streams of the same node only",
                        "cluster/told-on-another-node",
                        "expected notifications/message on the GET stream on node 1 in consequence of requests to"
                                + " node 2",
                        () -> ToyServer.onNodes(3, new ResumableToyServer() {
                            private final ThreadLocal<Integer> asked = ThreadLocal.withInitial(() -> 0);

                            @Override
                            protected JsonNode response(Call call, ToySession session) throws Exception {
                                asked.set(nodeOf(call));
                                return super.response(call, session);
                            }

                            @Override
                            protected void deliver(ObjectNode message, List<Log> open) {
                                if (asked.get() == 0) {
                                    super.deliver(message, open);
                                }
                            }
                        })),
                WrongServer.toy(
                        "knows its own requests on the node that made them only",
                        "cluster/answer-to-another-node",
                        "expected the client's answer to a request of node 1 to be accepted by node 2",
                        () -> ToyServer.onNodes(3, new TalkativeToyServer() {
                            @Override
                            protected Answer accepted(Call call, ToySession session) {
                                return call.message().has("result") && nodeOf(call) != 0
                                        ? Answer.error(400, -32600, "No such request")
                                        : super.accepted(call, session);
                            }
                        })),
                WrongServer.toy(
                        "cancels calls of the same node only",
                        "cluster/cancel-on-another-node",
                        "expected a call on node 1 to end when it is cancelled on node 2",
                        () -> ToyServer.onNodes(3, new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (nodeOf(call) == 0) {
                                    cancel(flights, session, id);
                                }
                            }
                        })),
                WrongServer.toy(
                        "cancels calls of other nodes by the id alone",
                        "cluster/foreign-cancel-harmless",
                        "though its id was cancelled in another session on node 2",
                        () -> ToyServer.onNodes(3, new CallsInFlight() {
                            @Override
                            protected void cancelled(Call call, ToySession session, JsonNode id) {
                                if (nodeOf(call) == 0) {
                                    cancel(flights, session, id);
                                } else {
                                    flights.stream()
                                            .filter(f -> f.has(id))
                                            .forEach(f -> f.fate().complete(WITHOUT_RESPONSE));
                                }
                            }
                        })));
    }

    private static void cancel(List<CallsInFlight.Flight> flights, ToyServer.ToySession session, JsonNode id) {
        flights.stream()
                .filter(f -> f.session() == session && f.has(id))
                .forEach(f -> f.fate().complete(CallsInFlight.WITHOUT_RESPONSE));
    }

    private static List<WrongServer> faults() {
        return List.of(
                WrongServer.toy(
                                "asks the node that opened a session, also when it is dead",
                                "cluster/node-loss",
                                "after the node that opened it was killed, but got 500",
                                () -> new ClusterToyServer() {
                                    @Override
                                    protected Answer in(Call call, InSession action) throws Exception {
                                        var home = homes.get(call.sessionId().orElse(""));
                                        return home != null && dead.contains(home)
                                                ? Answer.error(500, -32603, "Connection refused")
                                                : super.in(call, action);
                                    }
                                })
                        .told(t -> t.store(null).idleTimeout(null)),
                WrongServer.toy(
                                "waits for the lock of a node that died during a call",
                                "cluster/node-loss-during-call",
                                "expected node 1 to serve the session, or to answer 404 at once, after a node was"
                                        + " killed"
                                        + " during a call of it",
                                () -> new LockedByTheDead(false))
                        .told(t -> t.store(null).idleTimeout(null)),
                WrongServer.toy(
                                "never ends a session of which a call died with its node",
                                "cluster/node-loss-expiry",
                                "expected status 404 for a session whose last call died with its node",
                                () -> new LockedByTheDead(true))
                        .told(t -> t.store(null)),
                WrongServer.toy(
                                "takes a store that hangs for one that does not know the session",
                                "cluster/store-paused",
                                "at which a client gives its session up",
                                () -> new ClusterToyServer() {
                                    @Override
                                    protected Answer storeDown(Call call) {
                                        return unknownId(call);
                                    }
                                })
                        .told(t -> t.launcher(null)),
                WrongServer.toy(
                                "waits for its store for ever",
                                "cluster/store-stopped",
                                "expected node 1 to answer ping soon while the store does not answer, but no reply"
                                        + " came",
                                () -> new ClusterToyServer() {
                                    @Override
                                    protected Answer storeDown(Call call) throws Exception {
                                        while (!storeAnswers && !closed) {
                                            Thread.sleep(20);
                                        }
                                        return answer(call);
                                    }
                                })
                        .told(t -> t.launcher(null)),
                WrongServer.toy(
                                "opens sessions that its store has not seen",
                                "cluster/store-paused",
                                "expected a session that was opened while the store did not answer to live",
                                () -> new ClusterToyServer() {
                                    @Override
                                    protected Answer storeDown(Call call) throws Exception {
                                        return call.called().equals("initialize")
                                                ? reply(
                                                                call,
                                                                result(
                                                                        call,
                                                                        Json.object()
                                                                                .put("protocolVersion", "2025-11-25")))
                                                        .with(SESSION_HEADER, newId())
                                                : super.storeDown(call);
                                    }
                                })
                        .told(t -> t.launcher(null)));
    }

    /** A call that dies with its node holds its session. */
    private static final class LockedByTheDead extends ClusterToyServer {
        private final boolean expiryOnly;
        private final Set<String> locked = ConcurrentHashMap.newKeySet();

        LockedByTheDead(boolean expiryOnly) {
            this.expiryOnly = expiryOnly;
        }

        @Override
        protected boolean sleep(Call call, ToySession session, long millis) throws InterruptedException {
            boolean slept = super.sleep(call, session, millis);
            if (dead.contains(nodeOf(call))) {
                while (!closed && !session.awaitEnd(20)) {
                    // The lease is never given up.
                }
            }
            return slept;
        }

        @Override
        protected Answer in(Call call, InSession action) throws Exception {
            var id = call.sessionId().orElse("");
            if (call.called().equals("tools/call")) {
                locked.add(id);
            }
            var home = homes.get(id);
            while (!expiryOnly && !closed && home != null && locked.contains(id) && dead.contains(home)) {
                Thread.sleep(20);
            }
            return super.in(call, action);
        }
    }

    private static List<WrongServer> modern() {
        return List.of(
                modern(
                        "has its resources on one node",
                        "cluster/modern-any-node",
                        "expected resources/list to be served by node 2, as by the first",
                        () -> ToyServer.onNodes(3, new FullToyServer() {
                            @Override
                            protected Answer handle(Call call) throws Exception {
                                return nodeOf(call) == 1 && call.called().equals("resources/list")
                                        ? unknownMethod(call)
                                        : super.handle(call);
                            }
                        })),
                modern(
                        "has another version of its tools on one node",
                        "cluster/modern-same-lists",
                        "expected tools/list to say the same on node 3 as on the first",
                        () -> ToyServer.onNodes(3, new FullToyServer() {
                            @Override
                            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                                return super.list(
                                        call,
                                        field,
                                        nodeOf(call) == 2 && field.equals("tools")
                                                ? items.subList(1, items.size())
                                                : items);
                            }
                        })),
                modern(
                        "keeps what it asked for on the node that asked",
                        "cluster/modern-state-on-any-node",
                        "expected a request state of the first node to be accepted by node 2",
                        () -> ToyServer.onNodes(3, new FullToyServer() {
                            @Override
                            protected Answer handle(Call call) throws Exception {
                                return nodeOf(call) != 0 && params(call).has("requestState")
                                        ? invalid(call, "Unknown request state")
                                        : super.handle(call);
                            }
                        })),
                modern(
                                "asks on one node only who it is",
                                "cluster/modern-credentials-on-all-nodes",
                                "expected a request without credentials to be refused by node 3, as by the first",
                                () -> ToyServer.onNodes(3, new GuardedToyServer() {
                                    @Override
                                    protected boolean isPublic(Call call) {
                                        return nodeOf(call) == 2;
                                    }
                                }))
                        .told(OwnedToyServer::tell));
    }

    private static WrongServer modern(String name, String breaks, String says, Supplier<? extends FullToyServer> kind) {
        return ModernWrongServers.modern(name, breaks, says, kind);
    }
}
