package dev.mcpsession.conformance.rule;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rules of the kit as they were at one time: which there were, in which revisions they held, and of which level
 * they were. Whoever judges by it is not surprised by rules that a later version of the kit adds.
 *
 * @param levels the level of each rule in each revision that it held in, by id
 */
public record FrozenCatalogue(String version, Map<String, Map<Revision, Level>> levels) {
    private static final List<String> VERSIONS = List.of("1.0");

    /** The versions that there are. */
    public static List<String> versions() {
        return VERSIONS;
    }

    /** The catalogue of that version, or empty where there is none. */
    public static Optional<FrozenCatalogue> find(String version) {
        if (!VERSIONS.contains(version)) {
            return Optional.empty();
        }
        try (var in = FrozenCatalogue.class.getResourceAsStream(path(version))) {
            return Optional.of(parse(version, new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String path(String version) {
        return "/dev/mcpsession/conformance/catalogues/" + version + ".txt";
    }

    private static FrozenCatalogue parse(String version, String text) {
        var levels = new LinkedHashMap<String, Map<Revision, Level>>();
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> {
            var words = line.split(" ");
            var in = new EnumMap<Revision, Level>(Revision.class);
            for (var word : Arrays.asList(words).subList(1, words.length)) {
                var both = word.split("=", 2);
                in.put(Revision.of(both[0]), Level.valueOf(both[1]));
            }
            levels.put(words[0], Map.copyOf(in));
        });
        return new FrozenCatalogue(version, Map.copyOf(levels));
    }

    /** The level that a rule had in a revision; empty where it did not hold, or did not exist. */
    public Optional<Level> level(String rule, Revision revision) {
        return Optional.ofNullable(levels.getOrDefault(rule, Map.of()).get(revision));
    }

    public Set<String> rules() {
        return levels.keySet();
    }
}
