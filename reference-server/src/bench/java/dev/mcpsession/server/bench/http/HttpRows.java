package dev.mcpsession.server.bench.http;

import com.sun.tools.attach.AttachNotSupportedException;
import dev.mcpsession.server.bench.Figure;
import dev.mcpsession.server.bench.Samples;
import dev.mcpsession.server.store.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The rows about the whole server, beside others. */
public final class HttpRows {

    private static final int CONNECTIONS = 64;
    /** Not by time: on a busy machine the compilers take longer. */
    private static final int WARM_UP = 500_000;

    private static final Duration ROUND = Duration.ofSeconds(5);
    private static final int SESSIONS = 100_000;
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(5);

    private HttpRows() {}

    /** Measures pings. */
    public static List<Figure> ping(int rounds) throws IOException, InterruptedException {
        try (var kit = new Lane(Contender.kit(), Scripts.Pings::new);
                var bare = new Lane(Contender.bare(), Scripts.Pings::new);
                var quarkus = new Lane(Contender.quarkus(), Scripts.Pings::new)) {
            alternate(rounds, kit, bare, quarkus);
            var figures = new ArrayList<>(List.of(
                    Figure.ratio(0.7, "ping, compared to bare Undertow", kit.perSecond.by(bare.perSecond)),
                    Figure.info("the same, by time of the processors", bare.cpuMicros.by(kit.cpuMicros), "%.2f", ""),
                    Figure.ratio(1, "ping, compared to Quarkus' MCP server", kit.perSecond.by(quarkus.perSecond)),
                    Figure.info(
                            "the same, by time of the processors", quarkus.cpuMicros.by(kit.cpuMicros), "%.2f", "")));
            for (var lane : List.of(kit, bare, quarkus)) {
                figures.addAll(lane.figures("ping"));
            }
            return figures;
        }
    }

    /** Measures pings of a node with its sessions in a store on the same machine, beside one with them in memory. */
    public static List<Figure> storePing(int rounds) throws IOException, InterruptedException {
        var figures = new ArrayList<Figure>();
        for (int connections : new int[] {16, 64}) {
            try (var redis = RedisProcess.start();
                    var node = new Lane(Contender.node(redis.uri()), connections, Scripts.Pings::new);
                    var kit = new Lane(Contender.kit(), connections, Scripts.Pings::new)) {
                alternate(rounds, WARM_UP / 5, node, kit);
                figures.add(Figure.ratio(
                        0.45,
                        "ping with the store, compared to memory, " + connections + " connections",
                        node.perSecond.by(kit.perSecond)));
                figures.addAll(node.figures("ping"));
                figures.addAll(kit.figures("ping"));
            }
        }
        return figures;
    }

    /** Measures what an idle session takes of the store's memory. */
    public static List<Figure> storeMemory(int rounds) throws IOException, InterruptedException {
        var bytes = new Samples();
        for (int round = 0; round < rounds; round++) {
            try (var redis = RedisProcess.start();
                    var node = Contender.node(redis.uri())) {
                open(node, SESSIONS / 10);
                long before = usedMemory(redis);
                open(node, SESSIONS);
                bytes.add((double) (usedMemory(redis) - before) / SESSIONS);
            }
        }
        return List.of(
                Figure.below(600, "bytes", "memory of the store per idle session, 100,000 of them", bytes, "%.0f"));
    }

    private static long usedMemory(RedisProcess redis) {
        try (var jedis = redis.connect()) {
            return jedis.info("memory")
                    .lines()
                    .filter(line -> line.startsWith("used_memory:"))
                    .mapToLong(line -> Long.parseLong(line.substring("used_memory:".length())))
                    .findAny()
                    .orElseThrow();
        }
    }

    /** Measures a single node beside an earlier one, whose jar the system property {@code bench.earlier} names. */
    public static List<Figure> earlier(int rounds)
            throws IOException, InterruptedException, AttachNotSupportedException {
        var jar = System.getProperty("bench.earlier");
        if (jar == null || jar.isBlank()) {
            System.out.println("no jar of an earlier state is given: -Dbench.earlier=JAR");
            return List.of();
        }
        var figures = new ArrayList<Figure>();
        try (var kit = new Lane(Contender.kit(), Scripts.Pings::new);
                var earlier = new Lane(Contender.earlier(jar), Scripts.Pings::new)) {
            alternate(rounds, kit, earlier);
            figures.add(Figure.ratio(0.98, "ping, compared to before", kit.perSecond.by(earlier.perSecond)));
            figures.add(Figure.info(
                    "the same, by time of the processors", earlier.cpuMicros.by(kit.cpuMicros), "%.2f", ""));
        }
        var now = new Samples();
        var before = new Samples();
        for (int round = 0; round < rounds; round++) {
            try (var contender = Contender.kit()) {
                now.add(bytesPerSession(contender));
            }
            try (var contender = Contender.earlier(jar)) {
                before.add(bytesPerSession(contender));
            }
        }
        figures.add(Figure.info("heap per open session, compared to before", now.by(before), "%.2f", ""));
        return figures;
    }

    /** Measures how fast sessions are opened and ended. */
    public static List<Figure> lives(int rounds) throws IOException, InterruptedException {
        try (var kit = new Lane(Contender.kit(), Scripts.Lives::new);
                var quarkus = new Lane(Contender.quarkus(), Scripts.Lives::new)) {
            alternate(rounds, kit, quarkus);
            var figures = new ArrayList<>(List.of(
                    Figure.ratio(1, "initialize + DELETE, compared to Quarkus", kit.perSecond.by(quarkus.perSecond)),
                    Figure.info(
                            "the same, by time of the processors", quarkus.cpuMicros.by(kit.cpuMicros), "%.2f", "")));
            for (var lane : List.of(kit, quarkus)) {
                figures.addAll(lane.figures("initialize + DELETE"));
            }
            return figures;
        }
    }

    private static void alternate(int rounds, Lane... lanes) throws IOException {
        alternate(rounds, WARM_UP, lanes);
    }

    private static void alternate(int rounds, int warmUp, Lane... lanes) throws IOException {
        for (var lane : lanes) {
            System.out.print("warming up " + lane.contender.name());
            for (long done = 0; done < warmUp; done += lane.run().done()) {
                System.out.print(".");
            }
            System.out.println();
        }
        for (int round = 0; round < rounds; round++) {
            for (var lane : lanes) {
                lane.measure();
            }
        }
    }

    /** A contender, the load that is put on it, and what that has shown. */
    private static final class Lane implements AutoCloseable {

        private final Contender contender;
        private final Function<Requests, Script> script;
        private final Samples perSecond = new Samples();
        private final Samples cpuMicros = new Samples();

        private final int connections;

        Lane(Contender contender, Function<Requests, Script> script) {
            this(contender, CONNECTIONS, script);
        }

        Lane(Contender contender, int connections, Function<Requests, Script> script) {
            this.contender = contender;
            this.connections = connections;
            this.script = script;
        }

        /** On new connections, since servers may close those that wait for their next turn. */
        LoadGenerator.Run run() throws IOException {
            var requests = new Requests(contender.port());
            try (var load = new LoadGenerator(contender.port(), connections, () -> script.apply(requests))) {
                return load.run(ROUND);
            }
        }

        void measure() throws IOException {
            var cpuBefore = contender.cpuTime();
            var run = run();
            perSecond.add(run.perSecond());
            cpuMicros.add(contender.cpuTime().minus(cpuBefore).toNanos() / 1e3 / run.done());
            System.out.printf("%-8s %,10.0f/s%n", contender.name(), run.perSecond());
        }

        List<Figure> figures(String what) {
            return List.of(
                    Figure.info(what + ", " + contender.name(), perSecond, "%,.0f", "per second"),
                    Figure.info(what + ", " + contender.name() + ", time of the processors", cpuMicros, "%.1f", "µs"));
        }

        @Override
        public void close() throws InterruptedException {
            contender.close();
        }
    }

    /** Measures what an open session takes of the heap. */
    public static List<Figure> heap(int rounds) throws IOException, InterruptedException, AttachNotSupportedException {
        var kit = new Samples();
        var quarkus = new Samples();
        for (int round = 0; round < rounds; round++) {
            try (var contender = Contender.kit()) {
                kit.add(bytesPerSession(contender));
            }
            try (var contender = Contender.quarkus()) {
                quarkus.add(bytesPerSession(contender));
            }
        }
        return List.of(
                Figure.below(400, "bytes", "heap per open session over HTTP, 100,000 of them", kit, "%.0f"),
                Figure.info("the same, Quarkus", quarkus, "%.0f", "bytes"));
    }

    private static double bytesPerSession(Contender contender) throws IOException, AttachNotSupportedException {
        // The memory that is there however many sessions there are.
        open(contender, SESSIONS / 10);
        long before = contender.usedHeap();
        open(contender, SESSIONS);
        return (double) (contender.usedHeap() - before) / SESSIONS;
    }

    private static void open(Contender contender, int count) throws IOException {
        var requests = new Requests(contender.port());
        var wanted = new AtomicInteger(count);
        try (var load =
                new LoadGenerator(contender.port(), CONNECTIONS, () -> new Scripts.Openings(requests, wanted))) {
            long opened = load.run(LONG_ENOUGH).done();
            if (opened != count) {
                throw new IllegalStateException("only " + opened + " sessions were opened");
            }
        }
    }
}
