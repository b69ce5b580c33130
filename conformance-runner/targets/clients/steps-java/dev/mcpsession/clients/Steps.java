package dev.mcpsession.clients;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Goes through the steps of MCP_SESSION_STEPS (../README.md) with a client that the driver makes. */
final class Steps {

    /** The steps that a driver offers. It leaves out those that its library cannot take. */
    interface Client {

        /** The names of the tools. */
        List<String> list() throws Exception;

        /** The text of the tool's result; throws if the tool failed. The arguments are a JSON object. */
        String call(String name, String arguments) throws Exception;

        default void ping() throws Exception {
            throw new UnsupportedOperationException("the library does not offer it");
        }

        /** Lists them and reads each. */
        default void resources() throws Exception {
            throw new UnsupportedOperationException("the library does not offer it");
        }

        /** Lists them and gets each. */
        default void prompts() throws Exception {
            throw new UnsupportedOperationException("the library does not offer it");
        }

        void close() throws Exception;
    }

    interface Connect {

        /**
         * Opens a client.
         *
         * @param timeout of a request, or null for the library's own
         * @param token a bearer token, or null
         */
        Client to(String url, Duration timeout, String token) throws Exception;
    }

    private interface Action {

        String run() throws Exception;
    }

    private final Connect connect;
    private String url;
    private String token = System.getenv("MCP_SESSION_TOKEN");
    private Duration timeout;
    private Client client;
    private List<String> tools = List.of();

    private Steps(Connect connect, String url) {
        this.connect = connect;
        this.url = url;
    }

    /** Goes through them and ends the process. */
    static void drive(String[] args, Connect connect) {
        var steps = new Steps(connect, args[args.length - 1]);
        var good = true;
        for (var step : System.getenv("MCP_SESSION_STEPS").split(";")) {
            if (!step.isBlank()) {
                good &= steps.take(step.strip());
            }
        }
        if (steps.client != null) {
            good &= steps.take("close");
        }
        System.exit(good ? 0 : 1);
    }

    private boolean take(String step) {
        try {
            var said = run(step);
            System.out.println("ok " + step + (said.isEmpty() ? "" : ": " + oneLine(said)));
            return true;
        } catch (Exception | LinkageError e) {
            System.err.println("failed " + step + ": " + oneLine(describe(e)));
            return false;
        }
    }

    private String run(String step) throws Exception {
        var parts = split(step);
        switch (parts[0]) {
            case "timeout" -> {
                var milliseconds = Long.parseLong(parts[1]);
                timeout = milliseconds == 0 ? null : Duration.ofMillis(milliseconds);
            }
            case "server" -> {
                if (client != null) {
                    throw new IllegalStateException("connected already");
                }
                var words = parts[1].split("\\s+");
                url = words[0];
                token = words.length > 2 ? words[2] : null;
                timeout = null;
            }
            case "sleep" -> Thread.sleep(Long.parseLong(parts[1]));
            case "connect" -> {
                if (client != null) {
                    throw new IllegalStateException("connected already");
                }
                client = connect.to(url, timeout, token == null || token.isEmpty() ? null : token);
            }
            case "close" -> {
                var closing = connected();
                client = null;
                closing.close();
            }
            case "parallel" -> {
                var repeated = split(parts[1]);
                parallel(Integer.parseInt(repeated[0]), () -> once(repeated[1]));
            }
            default -> {
                return once(step);
            }
        }
        return "";
    }

    private static void parallel(int count, Action action) throws Exception {
        var threads = Executors.newFixedThreadPool(count);
        try {
            var failures = new LinkedHashSet<String>();
            var failed = 0;
            for (var result : threads.invokeAll(Stream.generate(() -> action).limit(count)
                    .<Callable<String>>map(each -> each::run).toList())) {
                try {
                    result.get();
                } catch (ExecutionException e) {
                    failed++;
                    failures.add(describe(e.getCause()));
                }
            }
            if (failed > 0) {
                throw new IllegalStateException(failed + " of " + count + ": " + String.join(", ", failures));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private String once(String step) throws Exception {
        var parts = split(step);
        var one = connected();
        switch (parts[0]) {
            case "list" -> {
                tools = one.list();
                return String.join(" ", tools);
            }
            case "call" -> {
                var call = split(parts[1]);
                var arguments = call[1].isEmpty() ? "{}" : call[1];
                if (!call[0].equals("*")) {
                    return one.call(call[0], arguments);
                }
                var said = new StringBuilder();
                for (var tool : tools) {
                    said.append(one.call(tool, arguments)).append(' ');
                }
                return said.toString();
            }
            case "ping" -> one.ping();
            case "resources" -> one.resources();
            case "prompts" -> one.prompts();
            default -> throw new IllegalArgumentException("no such step");
        }
        return "";
    }

    private Client connected() {
        if (client == null) {
            throw new IllegalStateException("not connected");
        }
        return client;
    }

    private static String[] split(String text) {
        var parts = text.strip().split("\\s+", 2);
        return new String[] {parts[0], parts.length > 1 ? parts[1].strip() : ""};
    }

    private static String describe(Throwable error) {
        var causes = Stream.iterate(error, each -> each != null, Throwable::getCause)
                .filter(each -> !(each instanceof CompletionException || each instanceof ExecutionException));
        return causes.map(each -> each.getClass().getSimpleName() + " " + each.getMessage())
                .distinct().collect(Collectors.joining(", caused by "));
    }

    private static String oneLine(String text) {
        var line = text.strip().replaceAll("\\s+", " ");
        return line.substring(0, Math.min(line.length(), 500));
    }
}
