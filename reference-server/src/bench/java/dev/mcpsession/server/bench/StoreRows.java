package dev.mcpsession.server.bench;

import dev.mcpsession.server.store.RedisProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The rows about sessions in a store, without HTTP. */
final class StoreRows {

    private static final int TOUCHES = 300_000;
    private static final Pattern PER_SECOND = Pattern.compile("throughput summary: ([0-9.]+) requests per second");

    private StoreRows() {}

    /**
     * Acquires and releases sessions, as many at once as there are connections; beside redis-benchmark, which runs the
     * same script with the same two operations.
     */
    static List<Figure> touch(int rounds) throws IOException, InterruptedException {
        var figures = new ArrayList<Figure>();
        for (int connections : new int[] {16, 64}) {
            var ours = new Samples();
            var theirs = new Samples();
            for (int round = 0; round < rounds; round++) {
                try (var redis = RedisProcess.start()) {
                    ours.add(Jvm.run(StoreTouch.class, redis.uri(), Integer.toString(connections))
                            .get("perSecond"));
                    theirs.add(redisBenchmark(redis, connections));
                }
                System.out.printf(
                        "%d connections: ratio so far %.2f%n",
                        connections, ours.by(theirs).median());
            }
            figures.add(Figure.ratio(
                    0.7,
                    "touches through the store, compared to redis-benchmark, " + connections + " connections",
                    ours.by(theirs)));
            figures.add(Figure.info("touches through the store", ours, "%,.0f", "per second"));
            figures.add(Figure.info("redis-benchmark", theirs, "%,.0f", "per second"));
        }
        return figures;
    }

    private static double redisBenchmark(RedisProcess redis, int connections) throws IOException, InterruptedException {
        String hash;
        try (var jedis = redis.connect()) {
            hash = jedis.scriptLoad(script("common.lua") + script("work.lua"));
            jedis.hset("{mcp}:epochs", "bench", "1");
            jedis.hset("{mcp}:s:session", "a", "-");
            jedis.hset("{mcp}:s:session", "h", "0");
        }
        // Node, epoch, idle timeout, most sessions, events kept, lease; acquire, with owner and hold; release.
        var process = new ProcessBuilder(
                        "redis-benchmark",
                        "-p",
                        Integer.toString(redis.port()),
                        "-c",
                        Integer.toString(connections),
                        "-n",
                        Integer.toString(TOUCHES),
                        "EVALSHA",
                        hash,
                        "1",
                        "{mcp}",
                        "bench",
                        "1",
                        "600000000",
                        "0",
                        "128",
                        "5000000",
                        "A",
                        "session",
                        "",
                        "1",
                        "R",
                        "session",
                        "0")
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var found = PER_SECOND.matcher(output);
        if (process.waitFor() != 0 || !found.find()) {
            throw new IOException("redis-benchmark has failed: " + output);
        }
        return Double.parseDouble(found.group(1));
    }

    private static String script(String name) throws IOException {
        try (var in = RedisProcess.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static List<Figure> expiry(int rounds) throws IOException, InterruptedException {
        var spread = new Samples();
        var earliest = new Samples();
        var late = new Samples();
        var latest = new Samples();
        var twice = new Samples();
        for (int round = 0; round < rounds; round++) {
            try (var redis = RedisProcess.start()) {
                var figures = Jvm.run(StoreExpiry.class, redis.uri());
                spread.add(figures.get("spreadMillis"));
                earliest.add(figures.get("earliestMillis"));
                late.add(figures.get("percentile99Millis"));
                latest.add(figures.get("latestMillis"));
                twice.add(figures.get("toldTwice"));
            }
        }
        return List.of(
                Figure.info("three nodes: 100,000 sessions expire within", spread, "%.0f", "ms"),
                Figure.below(6_000, "ms", "99 % of them are gone after their deadlines by", late, "%.0f"),
                Figure.info("the last", latest, "%.0f", "ms"),
                new Figure("the first", "never early", earliest.text("%.1f") + " ms", earliest.least() >= 0),
                new Figure("told twice", "none", twice.text("%.0f"), twice.greatest() == 0));
    }
}
