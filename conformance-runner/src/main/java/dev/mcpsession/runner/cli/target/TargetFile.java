package dev.mcpsession.runner.cli.target;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.Converters;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The content of a target file. Everything may be null but the headers, the users and the environment. */
public record TargetFile(
        Path file,
        @Nullable String name,
        @Nullable String title,
        @Nullable String launch,
        @Nullable String url,
        @Nullable Duration startWithin,
        @Nullable Duration idleTimeout,
        @Nullable String idleTimeoutNote,
        @Nullable String statelessNote,
        @Nullable Duration reapLag,
        @Nullable SlowTool slowTool,
        List<Header> headers,
        List<Header> users,
        @Nullable String notes,
        Map<String, String> environment,
        @Nullable Integer maxSessions,
        @Nullable Path baseline,
        List<URI> nodes,
        @Nullable Integer nodeCount,
        boolean replicasBehind,
        @Nullable String storeCommand) {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Reads a target file.
     *
     * @throws UsageException saying what is wrong with it
     */
    public static TargetFile read(Path file, Map<String, String> environment) {
        try {
            return new Reader(file, MAPPER.readTree(Files.readString(file)), environment).read();
        } catch (NoSuchFileException e) {
            throw new UsageException("--target: there is no file " + file, e);
        } catch (JacksonException e) {
            throw new UsageException("--target: " + file + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UsageException("--target: " + file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--target: " + file + ": " + e.getMessage(), e);
        }
    }

    private static final class Reader {
        private final Path file;
        private final JsonNode root;
        private final Map<String, String> environment;
        private final TreeSet<String> unknown = new TreeSet<>();
        private final TreeSet<String> known = new TreeSet<>();

        Reader(Path file, JsonNode root, Map<String, String> environment) {
            this.file = file;
            this.root = root;
            this.environment = environment;
        }

        TargetFile read() {
            if (!root.isObject()) {
                throw new IllegalArgumentException("it should hold a JSON object");
            }
            root.propertyNames().forEach(unknown::add);
            var target = new TargetFile(
                    file,
                    text("name"),
                    text("title"),
                    text("launch"),
                    text("url"),
                    text("startWithin", Converters::positive),
                    text("idleTimeout", Converters::positive),
                    text("idleTimeoutNote"),
                    text("statelessNote"),
                    text("reapLag", Converters::notNegative),
                    slowTool(),
                    headers(),
                    users(),
                    text("notes"),
                    environmentField(),
                    maxSessions(),
                    text("baseline", name -> file.resolveSibling(name)),
                    nodes(),
                    nodeCount(),
                    replicasBehind(),
                    text("storeCommand"));
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException("unknown field " + String.join(", ", unknown)
                        + "; the known ones are " + String.join(", ", known));
            }
            if (target.launch == null && target.url == null && target.nodes.isEmpty()) {
                throw new IllegalArgumentException("\"launch\" or \"url\" is missing");
            }
            return target;
        }

        private JsonNode field(String name) {
            known.add(name);
            unknown.remove(name);
            return root.get(name);
        }

        private @Nullable String text(String name) {
            return text(name, text -> text);
        }

        private <T> @Nullable T text(String name, Function<String, T> reader) {
            var field = field(name);
            if (field == null) {
                return null;
            }
            if (!field.isString()) {
                throw new IllegalArgumentException("\"" + name + "\" should be a text");
            }
            return in("\"" + name + "\"", () -> reader.apply(field.asString()));
        }

        private static <T> T in(String where, java.util.function.Supplier<T> reader) {
            try {
                return reader.get();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
        }

        private @Nullable SlowTool slowTool() {
            var field = field("slowTool");
            if (field == null) {
                return null;
            }
            var extra = new TreeSet<String>();
            field.propertyNames().forEach(extra::add);
            extra.removeAll(List.of("name", "arguments", "takes"));
            if (!field.isObject() || field.path("name").asString("").isBlank() || !extra.isEmpty()) {
                throw new IllegalArgumentException("\"slowTool\" should be an object with \"name\" and \"arguments\"");
            }
            return in("\"slowTool\"", () -> {
                var tool = Converters.slowTool(
                        field.get("name").asString(), field.has("arguments") ? field.get("arguments") : Json.object());
                return field.has("takes")
                        ? new SlowTool(
                                tool.name(),
                                tool.arguments(),
                                Converters.positive(field.get("takes").asString("")))
                        : tool;
            });
        }

        private Map<String, String> texts(String name) {
            var field = field(name);
            var texts = new LinkedHashMap<String, String>();
            if (field == null) {
                return texts;
            }
            if (!field.isObject()) {
                throw new IllegalArgumentException("\"" + name + "\" should be an object of texts");
            }
            for (var property : field.properties()) {
                if (!property.getValue().isString()) {
                    throw new IllegalArgumentException(
                            "\"" + name + "\": \"" + property.getKey() + "\" should be a text");
                }
                texts.put(property.getKey(), property.getValue().asString());
            }
            return texts;
        }

        private List<Header> headers() {
            var headers = new ArrayList<Header>();
            texts("headers")
                    .forEach((name, value) ->
                            headers.add(in("\"headers\"", () -> Converters.header(name, value, environment))));
            return List.copyOf(headers);
        }

        private Map<String, String> environmentField() {
            return texts("env");
        }

        /** The Authorization header of each user. */
        private List<Header> users() {
            var field = field("principals");
            var users = new ArrayList<Header>();
            if (field == null) {
                return users;
            }
            if (!field.isArray() || field.isEmpty() || field.size() > 2) {
                throw new IllegalArgumentException(
                        "\"principals\" should be a list of one or two Authorization headers");
            }
            for (var user : field) {
                if (!user.isString()) {
                    throw new IllegalArgumentException("\"principals\" should hold texts, such as \"Bearer …\"");
                }
                users.add(in("\"principals\"", () -> Converters.header("Authorization", user.asString(), environment)));
            }
            return List.copyOf(users);
        }

        /** The URLs of the nodes; empty where there are none, or a number says how many are to be started. */
        private List<URI> nodes() {
            var field = field("nodes");
            var nodes = new ArrayList<URI>();
            if (field == null || field.isInt()) {
                return nodes;
            }
            if (!field.isArray() || field.size() < 2) {
                throw new IllegalArgumentException(
                        "\"nodes\" should be a list of two URLs or more, or with \"launch\" how many to start");
            }
            for (var node : field) {
                nodes.add(in("\"nodes\"", () -> Converters.url(node.asString(""))));
            }
            return List.copyOf(nodes);
        }

        private @Nullable Integer nodeCount() {
            var field = field("nodes");
            if (field == null || !field.isInt()) {
                return null;
            }
            if (field.asInt() < 1) {
                throw new IllegalArgumentException("\"nodes\" should be at least 1");
            }
            return field.asInt();
        }

        private boolean replicasBehind() {
            var field = field("replicasBehind");
            if (field != null && !field.isBoolean()) {
                throw new IllegalArgumentException("\"replicasBehind\" should be true or false");
            }
            return field != null && field.asBoolean();
        }

        private @Nullable Integer maxSessions() {
            var field = field("maxSessions");
            if (field != null && (!field.isInt() || field.asInt() < 1)) {
                throw new IllegalArgumentException("\"maxSessions\" should be a whole number of at least 1");
            }
            return field == null ? null : field.asInt();
        }
    }
}
