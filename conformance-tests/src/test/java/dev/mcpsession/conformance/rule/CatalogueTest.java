package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.rules.CoreRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The catalogue, its notes and its list of ids belong together. */
class CatalogueTest {
    private static final Catalogue CATALOGUE = Catalogue.of(new CoreRules(), new ClientRules());
    private static final Path NOTES = Path.of("../spec-notes/rules");
    private static final Path IDS = Path.of("src/main/resources/dev/mcpsession/conformance/ids.txt");
    /** The release that new rules come with. */
    private static final String VERSION = "0.1";

    private static final List<String> HEADINGS = List.of("## Source", "## How it is observed");

    @TestFactory
    List<DynamicTest> everyRuleHasANote() {
        return CATALOGUE.rules().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.id(), () -> {
                    var note = CatalogueTest.class.getResourceAsStream("/" + rule.noteResource());
                    assertTrue(note != null, () -> "spec-notes/rules/" + rule.id() + ".md is missing");
                    var text = new String(note.readAllBytes(), StandardCharsets.UTF_8);
                    assertTrue(text.startsWith("# " + rule.id() + "\n"), "the note's title is not its rule's id");
                    HEADINGS.forEach(
                            h -> assertTrue(text.contains("\n" + h + "\n"), () -> "the note lacks '" + h + "'"));
                    var advice = rule.levels().values().stream().allMatch(Level.INFO::equals)
                            ? "## How to read it"
                            : "## When it fails";
                    assertTrue(text.contains("\n" + advice + "\n"), () -> "the note lacks '" + advice + "'");
                    assertFalse(rule.title().endsWith("."), "the title is a sentence without its full stop");
                }))
                .toList();
    }

    @Test
    void everyNoteHasARule() throws IOException {
        try (var files = Files.walk(NOTES)) {
            var notes = files.filter(f -> f.toString().endsWith(".md"))
                    .map(f -> NOTES.relativize(f).toString().replace('\\', '/').replaceFirst("\\.md$", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(
                    CATALOGUE.rules().stream().map(RuleInfo::id).collect(Collectors.toCollection(TreeSet::new)), notes);
        }
    }

    /** Ids are permanent: people keep them in baselines. {@code -Dids=write} adds those of new rules to the list. */
    @Test
    void noIdDisappears() throws IOException {
        var known = Ids.load();
        var current = CATALOGUE.rules().stream().map(RuleInfo::id).collect(Collectors.toCollection(TreeSet::new));
        var added = minus(current, known.current());
        if ("write".equals(System.getProperty("ids"))) {
            write(added);
            return;
        }
        assertEquals(Set.of(), added, "new rules: -Dids=write adds them to ids.txt");
        assertEquals(
                Set.of(),
                minus(known.current(), current),
                "rules that are gone: say 'retired' in ids.txt, with what became of them");
        assertEquals(Set.of(), both(known.retired(), current), "a retired id may not be used again");
    }

    /** Adds ids to the list, in order, below the lines that explain it. */
    private static void write(Set<String> added) throws IOException {
        var lines = Files.readAllLines(IDS);
        var explanation = lines.stream().filter(line -> line.startsWith("#")).toList();
        var ids = lines.stream().filter(line -> !line.startsWith("#")).collect(Collectors.toCollection(TreeSet::new));
        added.forEach(id -> ids.add(id + " since " + VERSION));
        Files.write(IDS, Stream.concat(explanation.stream(), ids.stream()).toList());
    }

    private static Set<String> minus(Set<String> some, Set<String> others) {
        var rest = new TreeSet<>(some);
        rest.removeAll(others);
        return rest;
    }

    private static Set<String> both(Set<String> some, Set<String> others) {
        var both = new TreeSet<>(some);
        both.retainAll(others);
        return both;
    }

    /** The list of ids: {@code id since VERSION} or {@code id retired VERSION: what became of it}. */
    private record Ids(Set<String> current, Set<String> retired) {
        static Ids load() {
            var ids = new Ids(new TreeSet<>(), new TreeSet<>());
            try (var in = CatalogueTest.class.getResourceAsStream("/dev/mcpsession/conformance/ids.txt")) {
                new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .forEach(line -> {
                            var words = line.split(" ", 3);
                            assertTrue(
                                    words.length == 3 && (words[1].equals("since") || words[1].equals("retired")),
                                    () -> "ids.txt: not understood: " + line);
                            (words[1].equals("since") ? ids.current() : ids.retired()).add(words[0]);
                        });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return ids;
        }
    }

    /** A breach must not hide behind one that may count less, or not at all, such as a WARN. */
    @Test
    void prerequisitesBindAsMuch() {
        var prerequisites = new Prerequisites(CATALOGUE.rules());
        var weaker = CATALOGUE.rules().stream()
                .flatMap(rule -> prerequisites.of(rule.id()).stream()
                        .map(prerequisites::rule)
                        .flatMap(other -> rule.levels().keySet().stream()
                                .filter(other::holdsIn)
                                .filter(revision -> !other.level(revision).bindsLike(rule.level(revision)))
                                .map(revision -> rule.level(revision) + " " + rule.id() + " depends on "
                                        + other.level(revision) + " " + other.id() + " in " + revision)))
                .toList();
        assertEquals(List.of(), weaker);
    }

    static class Twins {
        @Rule(id = "twins/one", title = "t", level = Level.MUST, source = "s")
        void one(Client client) {
            client.nextId();
        }

        @Rule(id = "twins/one", title = "t", level = Level.MUST, source = "s")
        void other(Client client) {
            client.nextId();
        }
    }

    static class Misnamed {
        @Rule(id = "Misnamed", title = "t", level = Level.MUST, source = "s")
        void one(Client client) {
            client.nextId();
        }
    }

    @Test
    void idsAreCheckedWhenTheyAreLoaded() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Catalogue.of(() -> List.of(Twins.class)))
                .getMessage()
                .contains("two rules have the id twins/one"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Catalogue.of(() -> List.of(Misnamed.class)))
                .getMessage()
                .contains("area/name"));
    }
}
