package dev.mcpsession.runner.launch;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.TreeMap;

/** A program to launch in tests: answers every request with what it was told, or misbehaves as its first word says. */
public final class TinyServer {
    private TinyServer() {}

    /** The words that start this program, to be followed by its arguments. */
    static String command() {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = Path.of(System.getProperty("user.dir"), "target", "test-classes")
                .toString();
        return "'" + java + "' -XX:TieredStopAtLevel=1 -Xshare:auto -cp '" + classes + "' "
                + TinyServer.class.getName();
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("arguments " + String.join("|", arguments));
        switch (arguments[0]) {
            case "serve" -> serve(arguments);
            case "fail" -> {
                for (int i = 0; i < 4000; i++) {
                    System.out.println("line " + i);
                }
                System.err.println("the last words");
                System.exit(Integer.parseInt(arguments[1]));
            }
            case "unready" -> unready();
            case "parent" -> {
                spawn(arguments[1]);
                serve(arguments);
            }
            case "orphan" -> {
                spawn(arguments[1]);
                System.exit(7);
            }
            default -> Thread.currentThread().join();
        }
    }

    private static void serve(String[] arguments) throws IOException {
        var settings = new TreeMap<String, String>();
        System.getenv().forEach((name, value) -> {
            if (name.startsWith("MCP_") && !name.startsWith("MCP_SESSION_KIT")) {
                settings.put(name, value);
            }
        });
        var told = String.join("|", arguments) + "\n" + settings + "\n" + System.getProperty("user.dir");
        var server =
                HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("MCP_PORT"))), 0);
        server.createContext("/", exchange -> {
            var body = told.getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(418, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    /** Answers as a gateway does whose server is not up, and at last as the server. */
    private static void unready() throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("MCP_PORT"))), 0);
        var answers = new ArrayDeque<>(List.of(503, 503, 418));
        server.createContext("/", exchange -> {
            int status = answers.pop();
            System.out.println(status);
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    /** Starts a child that lives on, and tells its process id. */
    private static void spawn(String file) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var child = new ProcessBuilder(
                        List.of(java, "-cp", System.getProperty("java.class.path"), TinyServer.class.getName(), "sit"))
                .redirectOutput(new File(file + ".out"))
                .redirectErrorStream(true)
                .start();
        Files.writeString(Path.of(file), String.valueOf(child.pid()));
    }
}
