package dev.mcpsession.runner.cli.judge;

import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.LevelIn;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.option.SelectionOptions;
import dev.mcpsession.runner.cli.option.ServerSelectionOptions;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SelectionTest {
    static final class Rules {
        @Rule(id = "one/a-post", level = Level.MUST, title = "a", source = "s")
        void a(Client client) {}

        @Rule(
                id = "one/b-get",
                level = Level.SHOULD,
                title = "b",
                source = "s",
                levels = @LevelIn(revision = Revision.V2025_11_25, level = Level.MUST))
        void b(Client client) {}

        @Rule(id = "two/c-post", level = Level.INFO, title = "c", source = "s", eras = MODERN)
        void c(Client client) {}
    }

    static final class Slow {
        @Rule(id = "three/waits", level = Level.MUST, title = "d", source = "s", waits = true)
        void waits(Client client) {}

        @Rule(id = "three/is-idle", level = Level.MUST, title = "e", source = "s", requires = Requires.IDLE_TIMEOUT)
        void isIdle(Client client) {}

        @Rule(id = "three/launches", level = Level.MUST, title = "f", source = "s", requires = Requires.LAUNCH)
        void launches(Client client) {}

        @Rule(id = "three/presses", level = Level.MUST, title = "g", source = "s", requires = Requires.STRESS)
        void presses(Client client) {}
    }

    static final class Rude {
        @Rule(id = "four/rude", level = Level.ADVICE, title = "h", source = "s", disruptive = true)
        void rude(Client client) {}

        @Rule(id = "four/polite", level = Level.ADVICE, title = "i", source = "s")
        void polite(Client client) {}
    }

    private static final Catalogue CATALOGUE = Catalogue.of(() -> List.of(Rules.class));

    private static Selection select(Consumer<SelectionOptions> with) {
        var options = new SelectionOptions();
        with.accept(options);
        return Selection.of(options, CATALOGUE);
    }

    private static List<String> ids(Consumer<SelectionOptions> with) {
        return select(with).rules().stream().map(RuleInfo::id).toList();
    }

    private static String refusal(Consumer<SelectionOptions> with) {
        return assertThrows(NothingSelectedException.class, () -> select(with)).getMessage();
    }

    @Test
    void takesEverythingByDefault() {
        assertEquals(List.of("one/a-post", "one/b-get", "two/c-post"), ids(o -> {}));
        assertTrue(select(o -> {}).everything());
        assertFalse(select(o -> o.areas = List.of("one")).everything());
        assertFalse(select(o -> o.revisions = List.of("2025-*")).everything());
    }

    @Test
    void takesGlobs() {
        assertEquals(List.of("one/a-post", "two/c-post"), ids(o -> o.rules = List.of("*-post")));
        assertEquals(List.of("one/a-post", "one/b-get"), ids(o -> o.rules = List.of("ONE/?-*")));
        assertEquals(List.of("one/b-get"), ids(o -> o.skipped = List.of("*-post")));
        assertEquals(List.of("two/c-post"), ids(o -> o.areas = List.of("t*")));
        assertEquals(
                Set.of(Revision.V2025_06_18),
                select(o -> o.revisions = List.of("2025-06-18")).revisions());
    }

    @Test
    void takesWhatIsQuick() {
        var options = new ServerSelectionOptions();
        options.quick = true;
        var all = Catalogue.of(() -> List.of(Rules.class, Slow.class));
        assertEquals(
                List.of("one/a-post", "one/b-get", "two/c-post"),
                Selection.of(options, all).rules().stream().map(RuleInfo::id).toList());
    }

    @Test
    void knowsThatALevelMayDifferByRevision() {
        assertEquals(List.of("one/a-post", "one/b-get"), ids(o -> o.levels = List.of("must")));
        assertEquals(List.of("one/a-post"), ids(o -> {
            o.levels = List.of("MUST");
            o.revisions = List.of("2025-03-26");
        }));
    }

    @Test
    void namesAPatternThatMatchesNothing() {
        assertEquals(
                "There is no rule 'one/a-pots'; is one/a-post meant?", refusal(o -> o.rules = List.of("one/a-pots")));
        assertEquals(
                "No rule matches 'three/*'; see the list of rules with: list",
                refusal(o -> o.skipped = List.of("one/*", "three/*")));
        assertEquals("There is no area 'nowhere'; there are one, two.", refusal(o -> o.areas = List.of("nowhere")));
        assertEquals(
                "There is no level 'ADVISE'; there are MUST, SHOULD, CONTRACT, ADVICE, INFO. Is ADVICE meant?",
                refusal(o -> o.levels = List.of("ADVISE")));
        assertEquals(
                "There is no level 'MAY'; there are MUST, SHOULD, CONTRACT, ADVICE, INFO.",
                refusal(o -> o.levels = List.of("MAY")));
        assertEquals(
                "There is no revision '2024-11-05'; there are 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28.",
                refusal(o -> o.revisions = List.of("2024-11-05")));
    }

    @Test
    void saysThatNothingIsLeft() {
        assertTrue(refusal(o -> {
                    o.areas = List.of("one");
                    o.levels = List.of("INFO");
                })
                .startsWith("No rule is left"));
    }

    @Test
    void takesANameWithoutItsArea() {
        assertEquals(List.of("one/b-get"), ids(o -> o.rules = List.of("b-get")));
        assertEquals(List.of("one/a-post", "two/c-post"), ids(o -> o.skipped = List.of("B-GET")));
        assertEquals("one/b-get", Selection.find("b-get", CATALOGUE).id());
        assertEquals("There is no rule 'b-gat'; is one/b-get meant?", refusal(o -> o.rules = List.of("b-gat")));
        assertEquals(
                "There is no rule 'x-post'; is one of these meant? one/a-post, two/c-post",
                refusal(o -> o.rules = List.of("x-post")));
        assertEquals(
                "Several rules are called 'same': five/same, four/same; give one of these ids.",
                assertThrows(
                                NothingSelectedException.class,
                                () -> Selection.find("same", Catalogue.of(() -> List.of(Namesakes.class))))
                        .getMessage());
    }

    @Test
    void aNameOfSeveralRulesIsTakenForThoseThatCanApply() {
        var catalogue = Catalogue.of(() -> List.of(Namesakes.class));
        var options = new ServerSelectionOptions();
        options.rules = List.of("same");
        var selection = Selection.of(options, catalogue);
        assertEquals(
                List.of("four/same"),
                selection.rules(false).stream().map(RuleInfo::id).toList());
        assertEquals(2, selection.rules(true).size());
        options.rules = List.of("five/same");
        assertEquals(1, Selection.of(options, catalogue).rules(false).size());
    }

    static final class Namesakes {
        @Rule(id = "four/same", level = Level.MUST, title = "h", source = "s")
        void four(Client client) {}

        @Rule(id = "five/same", level = Level.MUST, title = "i", source = "s", requires = Requires.NODES)
        void five(Client client) {}
    }

    @Test
    void noDisruptiveLeavesOutWhatNoClientShouldSend() {
        var catalogue = Catalogue.of(() -> List.of(Rude.class));
        var options = new ServerSelectionOptions();
        assertEquals(2, Selection.of(options, catalogue).rules().size());
        options.noDisruptive = true;
        var left = Selection.of(options, catalogue);
        assertEquals(
                List.of("four/polite"), left.rules().stream().map(RuleInfo::id).toList());
        assertFalse(left.everything());
    }
}
