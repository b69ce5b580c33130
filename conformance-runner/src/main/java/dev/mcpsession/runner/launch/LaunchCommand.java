package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A command that starts a server, with places for its settings.
 *
 * <p>It is split into words as a shell's is, and no shell is involved. Then {@code {port}}, {@code {node}},
 * {@code {idleTimeoutMs}}, {@code {idleTimeoutSeconds}} and {@code {stateless}} are filled in, wherever they
 * stand; any other text in braces stays. An idle timeout that is absent leaves nothing in its
 * place. Words in square brackets, such as
 * {@code [--idle-timeout {idleTimeoutMs}ms]}, are left out where a place within them has no value. A place that begins
 * with a question mark is only asked for and leaves nothing: {@code [--stateless{?stateless}]} stands in stateless mode
 * only.
 */
public final class LaunchCommand {
    private static final Pattern PLACE =
            Pattern.compile("\\{(\\??)(port|node|idleTimeoutMs|idleTimeoutSeconds|stateless)}");

    private static final Pattern NAMES = Pattern.compile("(?<!\\$)\\{\\??[A-Za-z][A-Za-z0-9_-]*}");

    private final String text;
    private final List<Part> parts;

    /** Words that stand together or not at all; a part that is not optional always stands. */
    private record Part(List<String> words, boolean optional) {}

    /** Whether the port has a place in it. */
    boolean takesPort() {
        return text.contains("{port}");
    }

    private LaunchCommand(String text, List<Part> parts) {
        this.text = text;
        this.parts = parts;
    }

    /**
     * Reads a command.
     *
     * @throws IllegalArgumentException if it is empty, or a quote is not closed
     */
    public static LaunchCommand parse(String text) {
        var words = Words.split(text, File.separatorChar != '\\');
        if (words.isEmpty()) {
            throw new IllegalArgumentException("it is empty");
        }
        var parts = new ArrayList<Part>();
        for (int i = 0; i < words.size(); i++) {
            int end = words.get(i).opens() ? closing(words, i) : -1;
            var group = end < 0 ? List.<String>of() : inside(words.subList(i, end + 1));
            if (group.stream().anyMatch(w -> PLACE.matcher(w).find())) {
                parts.add(new Part(group, true));
                i = end;
            } else {
                parts.add(new Part(List.of(words.get(i).text()), false));
            }
        }
        return new LaunchCommand(text, List.copyOf(parts));
    }

    /** Names in braces that are none of the places, as a slip of the pen leaves them; what a shell fills in is none. */
    public static List<String> unknownPlaces(String text) {
        return NAMES.matcher(PLACE.matcher(text).replaceAll(""))
                .results()
                .map(java.util.regex.MatchResult::group)
                .distinct()
                .toList();
    }

    private static int closing(List<Words.Word> words, int from) {
        for (int i = from; i < words.size(); i++) {
            if (words.get(i).closes()) {
                return i;
            }
        }
        return -1;
    }

    private static List<String> inside(List<Words.Word> group) {
        var texts = new ArrayList<>(group.stream().map(Words.Word::text).toList());
        texts.set(0, texts.get(0).substring(1));
        int last = texts.size() - 1;
        texts.set(last, texts.get(last).substring(0, texts.get(last).length() - 1));
        texts.removeIf(String::isEmpty);
        return List.copyOf(texts);
    }

    /** Whether the command tells the nodes of a server apart, so that there are to be several. */
    public boolean tellsNodesApart() {
        return parts.stream()
                .flatMap(p -> p.words().stream())
                .anyMatch(
                        w -> PLACE.matcher(w).results().anyMatch(m -> m.group(2).equals("node")));
    }

    /**
     * The words to run.
     *
     * @param node the number of the node, from 1 on
     */
    List<String> words(int port, int node, LaunchSettings settings) {
        var words = new ArrayList<String>();
        for (var part : parts) {
            if (!part.optional() || part.words().stream().allMatch(w -> hasAll(w, settings))) {
                part.words().forEach(w -> words.add(fill(w, port, node, settings)));
            }
        }
        return words;
    }

    private static boolean hasAll(String word, LaunchSettings settings) {
        return PLACE.matcher(word).results().allMatch(place -> switch (place.group(2)) {
            case "port", "node" -> true;
            case "stateless" -> place.group(1).isEmpty() || settings.stateless();
            default -> settings.idleTimeout().isPresent();
        });
    }

    /** Whether an absent idle timeout leaves a hole in the command, which a server may stumble over. */
    boolean hasHole(LaunchSettings settings) {
        return parts.stream()
                .filter(p -> !p.optional())
                .flatMap(p -> p.words().stream())
                .anyMatch(w -> !hasAll(w, settings));
    }

    private static String fill(String word, int port, int node, LaunchSettings settings) {
        var timeout = settings.idleTimeout();
        return PLACE.matcher(word)
                .replaceAll(m -> java.util.regex.Matcher.quoteReplacement(
                        !m.group(1).isEmpty()
                                ? ""
                                : switch (m.group(2)) {
                                    case "port" -> String.valueOf(port);
                                    case "node" -> String.valueOf(node);
                                    case "idleTimeoutMs" ->
                                        timeout.map(IdleTimeoutSetting::milliseconds)
                                                .orElse("");
                                    case "idleTimeoutSeconds" ->
                                        timeout.map(IdleTimeoutSetting::seconds).orElse("");
                                    default -> String.valueOf(settings.stateless());
                                }));
    }

    /** The same settings as environment variables; those without a value are empty and must not be set. */
    static Map<String, Optional<String>> environment(int port, int node, LaunchSettings settings) {
        var variables = new LinkedHashMap<String, Optional<String>>();
        variables.put("MCP_PORT", Optional.of(String.valueOf(port)));
        variables.put("MCP_NODE", Optional.of(String.valueOf(node)));
        variables.put("MCP_IDLE_TIMEOUT_MS", settings.idleTimeout().map(IdleTimeoutSetting::milliseconds));
        variables.put("MCP_IDLE_TIMEOUT_SECONDS", settings.idleTimeout().map(IdleTimeoutSetting::seconds));
        variables.put("MCP_STATELESS", Optional.of(String.valueOf(settings.stateless())));
        return variables;
    }

    @Override
    public String toString() {
        return text;
    }
}
