package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.rules.CoreRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The last section of each note leads to the servers or clients of the tests that break its rule, and to the pages of
 * the field that speak of it. With {@code -Dnotes=write}, those sections are written anew.
 */
class NoteLinksTest {
    private static final Set<String> RULES = Catalogue.of(new CoreRules(), new ClientRules()).rules().stream()
            .map(RuleInfo::id)
            .collect(Collectors.toSet());

    private static final Path NOTES = Path.of("../spec-notes/rules");
    private static final Path FIELD = Path.of("../spec-notes/field");
    private static final Path TESTS = Path.of("src/test/java/dev/mcpsession/conformance");
    private static final String HEADING = "\n## Where to see it\n";

    /** An id in the code of the tests. */
    private static final Pattern IN_CODE = Pattern.compile("\"([a-z]+(?:/[a-z0-9-]+)?|[a-z0-9-]+)\"");
    /** An id on a page; after the first of an area, others may come without that. */
    private static final Pattern ON_PAGE = Pattern.compile("`((?:([a-z]+)/)?[a-z0-9-]+)`");

    @Test
    void everyNoteLeadsToWhatBreaksItsRule() throws IOException {
        var wrong = new TreeMap<String, Set<String>>();
        for (var file : files(TESTS.resolve("wrong"), "Wrong", ".java")) {
            IN_CODE.matcher(Files.readString(file)).results().forEach(id -> add(wrong, id.group(1), file));
        }
        var clients = TESTS.resolve("clients/WrongClients.java");
        IN_CODE.matcher(Files.readString(clients))
                .results()
                .forEach(id -> add(wrong, "client/" + id.group(1), clients));
        var field = new TreeMap<String, Set<String>>();
        for (var page : files(FIELD, "", ".md")) {
            var area = "";
            for (var id : ON_PAGE.matcher(Files.readString(page)).results().toList()) {
                area = id.group(2) == null ? area : id.group(2);
                add(field, id.group(2) == null ? area + "/" + id.group(1) : id.group(1), page);
            }
        }
        var stale = new ArrayList<String>();
        for (var rule : new TreeSet<>(RULES)) {
            var note = NOTES.resolve(rule + ".md");
            var text = Files.readString(note);
            int at = text.indexOf(HEADING);
            var due = (at < 0 ? text.stripTrailing() + "\n" : text.substring(0, at))
                    + section(note, wrong.getOrDefault(rule, Set.of()), field.getOrDefault(rule, Set.of()));
            if ("write".equals(System.getProperty("notes"))) {
                Files.writeString(note, due);
            } else if (!due.equals(text)) {
                stale.add(rule);
            }
        }
        assertEquals(List.of(), stale, "notes whose last section is not up to date: -Dnotes=write writes it");
    }

    private static void add(Map<String, Set<String>> all, String rule, Path file) {
        if (RULES.contains(rule)) {
            all.computeIfAbsent(rule, id -> new TreeSet<>())
                    .add(file.toString().replace('\\', '/').replaceFirst("^\\.\\./", ""));
        }
    }

    private static String section(Path note, Set<String> wrong, Set<String> field) {
        var up = "../".repeat(note.getNameCount() - 2);
        var text = new StringBuilder(HEADING);
        text.append('\n');
        if (!wrong.isEmpty()) {
            text.append("* Broken on purpose:\n");
            wrong.forEach(file -> text.append("  [")
                    .append(name(file))
                    .append("](")
                    .append(up)
                    .append("conformance-tests/")
                    .append(file)
                    .append(")\n"));
        }
        if (!field.isEmpty()) {
            text.append("* In the field:\n");
            text.append(field.stream()
                    .map(file -> "  [" + name(file) + "](" + up + file + ")")
                    .collect(Collectors.joining(",\n")));
            text.append('\n');
        }
        return text.toString();
    }

    private static String name(String file) {
        return file.replaceFirst(".*/", "").replaceFirst("\\.[a-z]+$", "");
    }

    private static List<Path> files(Path folder, String part, String ending) throws IOException {
        try (var all = Files.list(folder)) {
            return all.filter(file -> file.getFileName().toString().contains(part)
                            && file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }
}
