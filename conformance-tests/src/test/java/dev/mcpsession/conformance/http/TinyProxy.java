package dev.mcpsession.conformance.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP proxy that lets in those who show the right credentials, and keeps the first line of each request. */
public final class TinyProxy implements AutoCloseable {
    private final ServerSocket socket;
    private final String authorization;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    /** @param authorization what the Proxy-Authorization header must be; null lets everyone in */
    public TinyProxy(String authorization) throws IOException {
        this.authorization = authorization;
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(() -> {
            while (true) {
                var client = socket.accept();
                open.add(client);
                start(() -> serve(client));
            }
        });
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** The request lines that have come. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(Task task) {
        var thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // One of the sides has gone.
                    }
                },
                "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            var in = client.getInputStream();
            var head = head(in);
            var line = head.lines().findFirst().orElseThrow();
            asked.add(line);
            if (authorization != null && head.lines().noneMatch(("Proxy-Authorization: " + authorization)::equals)) {
                client.getOutputStream()
                        .write(bytes("HTTP/1.1 407 Proxy Authentication Required\r\n"
                                + "Proxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: "
                                + "0\r\nConnection: close\r\n\r\n"));
                return;
            }
            var words = line.split(" ");
            boolean tunnel = words[0].equals("CONNECT");
            var uri = URI.create(tunnel ? "tcp://" + words[1] : words[1]);
            try (var server = new Socket(uri.getHost(), uri.getPort())) {
                open.add(server);
                if (tunnel) {
                    client.getOutputStream().write(bytes("HTTP/1.1 200 Connected\r\n\r\n"));
                } else {
                    // One request only, so that the next comes with a line of its own.
                    server.getOutputStream()
                            .write(bytes(head.replace(line, words[0] + " " + uri.getRawPath() + " HTTP/1.1")
                                    .replaceAll("(?m)^Proxy-.*\r\n", "")
                                    .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")));
                }
                start(() -> pump(in, server.getOutputStream()));
                pump(server.getInputStream(), client.getOutputStream());
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void pump(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (var each : open) {
            each.close();
        }
    }
}
