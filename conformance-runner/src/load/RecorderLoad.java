import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pings a server directly and through a recorder, in turn, and prints the medians and the throughput of both.
 *
 * <p>{@code java RecorderLoad.java DIRECT-URL RECORDER-URL [SECONDS]}
 */
class RecorderLoad {
    private static final int ROUNDS = 5;
    private static final int PINGS = 2000;
    private static final int CONNECTIONS = 8;

    public static void main(String[] arguments) throws Exception {
        var direct = URI.create(arguments[0]);
        var recorder = URI.create(arguments[1]);
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
        latency(direct);
        latency(recorder);
        var medians = new ArrayList<double[]>();
        for (int round = 0; round < ROUNDS; round++) {
            medians.add(new double[] {latency(direct), latency(recorder)});
        }
        medians.forEach(m -> System.out.printf("median of a ping: direct %.3f ms, recorded %.3f ms%n", m[0], m[1]));
        System.out.printf(
                "median of the rounds: direct %.3f ms, recorded %.3f ms%n", middle(medians, 0), middle(medians, 1));
        System.out.printf("direct:   %.0f requests/s%n", throughput(direct, seconds));
        System.out.printf("recorded: %.0f requests/s%n", throughput(recorder, seconds));
    }

    private static double middle(List<double[]> rounds, int which) {
        return rounds.stream()
                .mapToDouble(m -> m[which])
                .sorted()
                .skip(rounds.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    private static double latency(URI url) throws IOException {
        try (var session = new Session(url)) {
            var took = new long[PINGS];
            for (int i = 0; i < PINGS; i++) {
                long began = System.nanoTime();
                session.ping();
                took[i] = System.nanoTime() - began;
            }
            Arrays.sort(took);
            return took[PINGS / 2] / 1e6;
        }
    }

    private static double throughput(URI url, int seconds) throws InterruptedException {
        var done = new AtomicLong();
        long began = System.nanoTime();
        long end = began + seconds * 1_000_000_000L;
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < CONNECTIONS; i++) {
            var thread = new Thread(() -> {
                try (var session = new Session(url)) {
                    while (System.nanoTime() < end) {
                        session.ping();
                        done.incrementAndGet();
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (var thread : threads) {
            thread.join();
        }
        return done.get() / ((System.nanoTime() - began) / 1e9);
    }

    /** A session on a connection of its own. */
    private static final class Session implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final URI url;
        private final byte[] ping;
        private String id = "";

        Session(URI url) throws IOException {
            this.url = url;
            socket = new Socket(url.getHost(), url.getPort());
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
            send(request(
                    "POST",
                    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
                            + "\"2025-11-25\",\"capabilities\":{},"
                            + "\"clientInfo\":{\"name\":\"load\",\"version\":\"1\"}}}"));
            send(request("POST", "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
            ping = request("POST", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
        }

        void ping() throws IOException {
            int status = send(ping);
            if (status != 200) {
                throw new IOException("a ping got status " + status);
            }
        }

        private byte[] request(String method, String body) {
            return (method + " " + url.getPath() + " HTTP/1.1\r\nHost: " + url.getAuthority()
                            + "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
                            + "MCP-Protocol-Version: 2025-11-25\r\n"
                            + (id.isEmpty() ? "" : "Mcp-Session-Id: " + id + "\r\n")
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII);
        }

        private int send(byte[] request) throws IOException {
            socket.getOutputStream().write(request);
            int status = Integer.parseInt(line().split(" ")[1]);
            long length = 0;
            boolean chunked = false;
            for (String line; !(line = line()).isEmpty(); ) {
                var lower = line.toLowerCase();
                if (lower.startsWith("content-length:")) {
                    length = Long.parseLong(line.substring(15).strip());
                } else if (lower.startsWith("transfer-encoding:")) {
                    chunked = true;
                } else if (lower.startsWith("mcp-session-id:")) {
                    id = line.substring(15).strip();
                }
            }
            in.skipNBytes(length);
            while (chunked) {
                int size = Integer.parseInt(line(), 16);
                in.skipNBytes(size + 2);
                chunked = size > 0;
            }
            return status;
        }

        private String line() throws IOException {
            var line = new StringBuilder();
            for (int b; (b = in.read()) != '\n'; ) {
                if (b < 0) {
                    throw new IOException("the connection was closed");
                }
                line.append((char) b);
            }
            return line.toString().strip();
        }

        @Override
        public void close() throws IOException {
            try (socket) {
                send(request("DELETE", ""));
            }
        }
    }
}
