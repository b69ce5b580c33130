package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ModernToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area load, one each. */
final class LoadWrongServers {
    private LoadWrongServers() {}

    /** Swaps the ids of two responses that are ready at the same time, where the ids are strings. */
    private static final class Mixer {
        private final Exchanger<JsonNode> met = new Exchanger<>();

        ObjectNode mix(ObjectNode message) throws InterruptedException {
            try {
                if (message.path("id").isString()) {
                    message.set("id", met.exchange(message.get("id"), 20, TimeUnit.MILLISECONDS));
                }
            } catch (TimeoutException e) {
                // Nobody to be mixed up with.
            }
            return message;
        }
    }

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "mixes up responses that are ready at the same time",
                                "load/no-cross-talk",
                                "expected the response to the request with the id",
                                () -> new ToyServer() {
                                    private final Mixer mixer = new Mixer();

                                    @Override
                                    protected Answer reply(Call call, ObjectNode message) throws Exception {
                                        return super.reply(call, mixer.mix(message));
                                    }
                                })
                        .told(target -> target.stress(true)),
                new WrongServer(
                        "mixes up modern responses that are ready at the same time",
                        "load/modern-no-cross-talk",
                        "expected the response to the request with the id",
                        ToyServer.launcher(() -> new ModernToyServer() {
                            private final Mixer mixer = new Mixer();

                            @Override
                            protected Answer reply(Call call, ObjectNode message) throws Exception {
                                return super.reply(call, mixer.mix(message));
                            }
                        }),
                        Revision.V2026_07_28,
                        target -> target.stress(true)),
                WrongServer.toy(
                                "fails now and then when a session opens",
                                "load/churn",
                                "expected no server error while many short sessions come and go",
                                () -> new ToyServer() {
                                    private final AtomicInteger opened = new AtomicInteger();

                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        return opened.incrementAndGet() % 97 == 0
                                                ? Answer.of(500)
                                                : super.initialize(call);
                                    }
                                })
                        .told(target -> target.stress(true)),
                WrongServer.toy(
                                "opens sessions the slower, the more there have been",
                                "load/churn-keeps-pace",
                                "expected initialize to take as long after",
                                () -> new ToyServer() {
                                    private long remembered;
                                    private long last = System.nanoTime();

                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        // As if it searched what it forgets only when it has time.
                                        Thread.sleep((long) Math.pow((double) remember(), 3) / 60_000);
                                        return super.initialize(call);
                                    }

                                    private synchronized long remember() {
                                        long now = System.nanoTime();
                                        // A stall of the machine comes while sessions are open.
                                        boolean idle = sessions.isEmpty() && now - last > 400_000_000L;
                                        remembered = idle || remembered == 180 ? 0 : remembered + 1;
                                        last = now;
                                        return remembered;
                                    }
                                })
                        .told(target -> target.stress(true)),
                WrongServer.toy(
                                "holds thirty sessions and refuses more",
                                "load/cap",
                                "the next was refused with 503",
                                () -> new ToyServer() {
                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        return sessions.size() >= 30 ? Answer.of(503) : super.initialize(call);
                                    }
                                })
                        .told(target -> target.stress(true)));
    }
}
