package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rules.CoreRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every normative statement of a revision is tested by a rule, or excluded with a reason; and every such rule is
 * listed.
 */
class TraceabilityTest {
    private static final Catalogue CATALOGUE = Catalogue.of(new CoreRules(), new ClientRules());
    private static final Path REVISIONS = Path.of("../spec-notes/revisions");
    private static final Pattern ID = Pattern.compile("`([a-z0-9-]+/[a-z0-9-]+)`");
    private static final Pattern CONTRACT_POINT = Pattern.compile(".*session contract, points? ([1-9]|1[0-5])\\b.*");

    /** A row of a revision's table. */
    private record Statement(String text, String keyword, String section, String fate) {
        boolean isTested() {
            return fate.startsWith("tested by ");
        }

        boolean isExcluded() {
            return fate.matches("excluded: .{3,}");
        }

        Set<String> rules() {
            return ID.matcher(isTested() ? fate : "")
                    .results()
                    .map(m -> m.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static List<Statement> statements(Revision revision) throws IOException {
        var statements = new ArrayList<Statement>();
        for (var line : Files.readAllLines(REVISIONS.resolve(revision.wire() + ".md"))) {
            var cells = line.strip().split("(?<!\\\\)\\|", -1);
            if (cells.length != 6 || cells[1].strip().matches("-+|:?-+:?|[Ss]tatement")) {
                continue;
            }
            statements.add(new Statement(cells[1].strip(), cells[2].strip(), cells[3].strip(), cells[4].strip()));
        }
        return statements;
    }

    @ParameterizedTest
    @EnumSource(Revision.class)
    void everyStatementIsTestedOrExcluded(Revision revision) throws IOException {
        var statements = statements(revision);
        assertFalse(statements.isEmpty(), "no statements in " + revision);
        for (var statement : statements) {
            assertTrue(
                    statement.isExcluded() || !statement.rules().isEmpty(),
                    () -> revision + ": neither tested nor excluded with a reason: " + statement);
            assertTrue(
                    statement.section().contains("https://modelcontextprotocol.io/"),
                    () -> revision + ": no link to the section: " + statement);
            for (var id : statement.rules()) {
                var rule = CATALOGUE.find(id);
                assertTrue(rule.isPresent(), () -> revision + ": there is no rule " + id + ": " + statement);
                // A rule about servers of both eras is judged in a legacy revision, and is about the modern one too.
                assertTrue(
                        rule.get().holdsIn(revision) || rule.get().requires().contains(Requires.DUAL_ERA),
                        () -> id + " does not hold in " + revision + ": " + statement);
            }
        }
        long tested = statements.stream().filter(Statement::isTested).count();
        long client = statements.stream()
                .filter(s -> s.fate().startsWith("excluded: a duty of the client"))
                .count();
        long permitted = statements.stream()
                .filter(s -> s.fate().startsWith("excluded: a permission"))
                .count();
        long owed = statements.size() - client - permitted;
        System.out.printf(
                "%s: %d of %d normative statements tested (%d %%); of the others %d are duties of the client and %d"
                        + " permissions, which leaves %d of %d (%d %%); all others are excluded with a reason%n",
                revision,
                tested,
                statements.size(),
                100 * tested / statements.size(),
                client,
                permitted,
                tested,
                owed,
                100 * tested / owed);
    }

    @ParameterizedTest
    @EnumSource(Revision.class)
    void everyRuleOfTheSpecificationIsListed(Revision revision) throws IOException {
        var listed =
                statements(revision).stream().flatMap(s -> s.rules().stream()).collect(Collectors.toSet());
        var missing = CATALOGUE.rules().stream()
                .filter(r -> r.holdsIn(revision))
                .filter(r -> r.level(revision) == Level.MUST || r.level(revision) == Level.SHOULD)
                .map(RuleInfo::id)
                .filter(id -> !listed.contains(id))
                .toList();
        assertEquals(
                List.of(),
                missing,
                "rules with a keyword of the specification that no statement of " + revision + " lists");
    }

    /** Advice for clients that no table lists rests on something else than the specification, and says so. */
    @Test
    void everyOtherRuleForClientsNamesItsGround() throws IOException {
        var listed = new TreeSet<String>();
        for (var revision : Revision.values()) {
            statements(revision).forEach(s -> listed.addAll(s.rules()));
        }
        assertEquals(
                List.of(),
                CATALOGUE.rules().stream()
                        .filter(r -> r.id().startsWith("client/") && !listed.contains(r.id()))
                        .filter(r -> !r.source().startsWith("experience: ")
                                && !r.source().startsWith("RFC "))
                        .map(r -> r.id() + ": " + r.source())
                        .toList());
    }

    @Test
    void everyRuleOfTheContractNamesItsPoint() {
        assertEquals(
                List.of(),
                CATALOGUE.rules().stream()
                        .filter(r -> r.levels().containsValue(Level.CONTRACT))
                        .filter(r -> !CONTRACT_POINT.matcher(r.source()).matches())
                        .map(r -> r.id() + ": " + r.source())
                        .toList());
    }
}
