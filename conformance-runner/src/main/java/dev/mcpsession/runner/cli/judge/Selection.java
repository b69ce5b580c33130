package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.runner.baseline.Comparison;
import dev.mcpsession.runner.cli.console.NothingSelectedException;
import dev.mcpsession.runner.cli.option.RuleIds;
import dev.mcpsession.runner.cli.option.SelectionOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules and revisions that were asked for.
 *
 * @param namesakes the ids of rules that were asked for by a name which others have too
 */
public record Selection(
        List<RuleInfo> rules, Set<Revision> revisions, boolean everything, boolean named, Set<String> namesakes) {
    private static final String LIST = "see the list of rules with: list";

    /** So many letters make a slip of the pen. */
    private static final int MAX_LETTERS = 3;

    /** The same among a few short words. */
    private static final int MAX_LETTERS_OF_FEW = 2;

    /** A shorter word is found in too many ids. */
    private static final int MAX_SHORT = 3;

    private static final int MIN_PART = 4;

    private static final int MAX_NEAR = 5;

    /**
     * The rules for a server: those about several nodes only where it has them, or they were asked for by a name that
     * no other rule has.
     */
    List<RuleInfo> rules(boolean severalNodes) {
        return severalNodes
                ? rules
                : rules.stream()
                        .filter(r -> named && !namesakes.contains(r.id())
                                || !r.requires().contains(Requires.NODES))
                        .toList();
    }

    /**
     * The same for a comparison with a baseline.
     *
     * @param of the rules of this selection that the run judges
     */
    Comparison.Asked asked(Collection<RuleInfo> of, Catalogue catalogue) {
        return new Comparison.Asked() {
            @Override
            public boolean exists(String rule) {
                return catalogue.find(rule).isPresent();
            }

            @Override
            public boolean rule(String rule) {
                return of.stream().anyMatch(r -> r.id().equals(rule));
            }

            @Override
            public boolean revision(String revision) {
                return Revision.find(revision).map(revisions::contains).orElse(false);
            }

            @Override
            public boolean everything() {
                return everything;
            }
        };
    }

    /**
     * Applies the options to a catalogue.
     *
     * @throws NothingSelectedException if a pattern matches nothing, or nothing is left in the end
     */
    public static Selection of(SelectionOptions options, Catalogue catalogue) {
        var all = catalogue.rules();
        var ids = ids(catalogue);
        var chosen = rulePatterns(options.rules, ids);
        var skipped = rulePatterns(options.skipped, ids);
        var areas = patterns(
                options.areas, all.stream().map(RuleInfo::area).distinct().toList(), "area", null);
        var levels = patterns(options.levels, names(Level.values()), "level", null);
        var wires = Arrays.stream(Revision.values()).map(Revision::wire).toList();
        var revisionPatterns = patterns(options.revisions, wires, "revision", null);

        var revisions = EnumSet.noneOf(Revision.class);
        Arrays.stream(Revision.values())
                .filter(r -> anyMatches(revisionPatterns, r.wire()))
                .forEach(revisions::add);
        var rules = all.stream()
                .filter(r -> anyMatches(chosen, r.id()))
                .filter(r -> skipped.isEmpty() || !anyMatches(skipped, r.id()))
                .filter(r -> anyMatches(areas, r.area()))
                .filter(r -> !options.isQuick() || isQuick(r))
                .filter(r -> !options.isWithoutDisruptive() || !r.disruptive())
                .filter(r -> revisions.stream()
                        .filter(r::holdsIn)
                        .anyMatch(v -> anyMatches(levels, r.level(v).name())))
                .toList();
        if (rules.isEmpty()) {
            throw new NothingSelectedException(
                    "No rule is left: each option matches some rules, but no rule matches all of them"
                            + (options.isQuick() ? "; --quick leaves out those that let time pass." : "."));
        }
        return new Selection(
                rules,
                revisions,
                rules.size() == all.size() && revisions.size() == wires.size(),
                !chosen.isEmpty() || !areas.isEmpty(),
                namesakes(options.rules, ids));
    }

    private static Set<String> namesakes(List<String> globs, List<String> ids) {
        return globs.stream()
                .map(g -> fullIds(g.strip(), ids))
                .filter(of -> of.size() > 1)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private static boolean isQuick(RuleInfo rule) {
        return !rule.waits()
                && !rule.requires().contains(Requires.LAUNCH)
                && !rule.requires().contains(Requires.STRESS);
    }

    /**
     * The rule of that id, or of that name where it is the only one.
     *
     * @throws NothingSelectedException if there is none, with those that may be meant, or several
     */
    public static RuleInfo find(String id, Catalogue catalogue) {
        return catalogue.find(find(id, ids(catalogue))).orElseThrow();
    }

    /**
     * One of some ids: the one that is given, or the only one of that name.
     *
     * @throws NothingSelectedException if there is none, with those that may be meant, or several
     */
    public static String find(String id, Collection<String> ids) {
        var of = fullIds(id.strip(), ids);
        if (of.size() > 1) {
            throw new NothingSelectedException("Several rules are called '" + id.strip() + "': " + String.join(", ", of)
                    + "; give one of these ids.");
        }
        if (!ids.contains(of.get(0))) {
            throw unknown(id.strip(), ids, "rule", LIST);
        }
        return of.get(0);
    }

    public static List<String> ids(Catalogue catalogue) {
        return catalogue.rules().stream().map(RuleInfo::id).toList();
    }

    /**
     * The rules whose ids match any of the patterns.
     *
     * @throws NothingSelectedException if a pattern matches none
     */
    public static List<RuleInfo> matching(List<String> globs, Catalogue catalogue) {
        var patterns = rulePatterns(globs, ids(catalogue));
        return catalogue.rules().stream()
                .filter(r -> patterns.stream().anyMatch(p -> p.matcher(r.id()).matches()))
                .toList();
    }

    private static List<Pattern> rulePatterns(List<String> globs, List<String> ids) {
        return patterns(
                globs.stream().flatMap(g -> fullIds(g.strip(), ids).stream()).toList(), ids, "rule", LIST);
    }

    /**
     * The ids that a name without its area stands for, as the console prints it: several where rules of several areas
     * have it. The name itself where it is none.
     */
    private static List<String> fullIds(String name, Collection<String> ids) {
        if (isPattern(name) || ids.contains(name)) {
            return List.of(name);
        }
        var of = ids.stream()
                .filter(id -> (name.contains("/") ? id : nameOf(id)).equalsIgnoreCase(name))
                .toList();
        return of.isEmpty() ? List.of(name) : of;
    }

    /** Whether it has signs that stand for others. */
    public static boolean isPattern(String id) {
        return id.contains("*") || id.contains("?");
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static List<Pattern> patterns(
            List<String> globs, Collection<String> names, String thing, @Nullable String hint) {
        var patterns = new ArrayList<Pattern>();
        for (var glob : globs) {
            var pattern = pattern(glob.strip());
            if (names.stream().noneMatch(n -> pattern.matcher(n).matches())) {
                throw unknown(glob, names, thing, hint);
            }
            patterns.add(pattern);
        }
        return patterns;
    }

    private static NothingSelectedException unknown(
            String glob, Collection<String> names, String thing, @Nullable String hint) {
        if (hint != null) {
            other(glob, names).ifPresent(why -> {
                throw new NothingSelectedException(why);
            });
        }
        // Of the few areas, levels and revisions all are named; of the many rules, those that may be meant.
        var near = hint != null || glob.length() >= MIN_PART && Character.isLetter(glob.charAt(0))
                ? near(glob.toLowerCase(Locale.ROOT), names, hint == null ? MAX_LETTERS_OF_FEW : MAX_LETTERS)
                : List.<String>of();
        var meant = near.isEmpty()
                ? ""
                : near.size() == 1
                        ? "s " + near.get(0) + " meant?"
                        : "s one of these meant? " + String.join(", ", near);
        var help = hint == null
                ? "; there are " + String.join(", ", names) + "." + (meant.isEmpty() ? "" : " I" + meant)
                : meant.isEmpty() ? "; " + hint : "; i" + meant;
        return new NothingSelectedException((isPattern(glob)
                        ? "No " + thing + " matches '" + glob + "'"
                        : "There is no " + thing + " '" + glob + "'")
                + help);
    }

    /** Tells of a word that is no rule here what else it may be: an area, or a rule of another command. */
    private static Optional<String> other(String word, Collection<String> ids) {
        if (isPattern(word)) {
            return Optional.empty();
        }
        if (ids.stream().anyMatch(id -> id.regionMatches(true, 0, word + "/", 0, word.length() + 1))) {
            return Optional.of("'" + word + "' is an area, not a rule: its rules are '" + word
                    + "/*', and listed by: list --area " + word);
        }
        var all = new ArrayList<String>();
        new RuleIds().forEach(all::add);
        var full = fullIds(word, all).get(0);
        if (!all.contains(full) || ids.contains(full)) {
            return Optional.empty();
        }
        boolean client = ids(Catalogue.of(new ClientRules())).contains(full);
        return Optional.of("'" + full + "' is a rule for " + (client ? "clients" : "servers")
                + ", by which this command does not judge; " + (client ? "client" : "run") + " does.");
    }

    /** Ids that differ from a word in a few letters, with or without the area, or have it in their name. */
    private static List<String> near(String word, Collection<String> ids, int most) {
        int nearest = ids.stream().mapToInt(id -> letters(word, id)).min().orElse(Integer.MAX_VALUE);
        // Two letters of three make another word.
        var near = nearest > (word.length() <= MAX_SHORT ? 1 : most)
                ? List.<String>of()
                : ids.stream().filter(id -> letters(word, id) == nearest).toList();
        if (near.isEmpty() && word.length() >= MIN_PART) {
            near = ids.stream()
                    .filter(id -> id.toLowerCase(Locale.ROOT).contains(word))
                    .toList();
        }
        return near.subList(0, Math.min(MAX_NEAR, near.size()));
    }

    private static int letters(String word, String name) {
        var id = name.toLowerCase(Locale.ROOT);
        return Math.min(distance(id, word), word.contains("/") ? Integer.MAX_VALUE : distance(nameOf(id), word));
    }

    private static String nameOf(String id) {
        return id.substring(id.indexOf('/') + 1);
    }

    private static boolean anyMatches(List<Pattern> patterns, String name) {
        return patterns.isEmpty()
                || patterns.stream().anyMatch(p -> p.matcher(name).matches());
    }

    private static Pattern pattern(String glob) {
        var regex = new StringBuilder();
        glob.chars()
                .forEach(c -> regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf((char) c))));
        return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE);
    }

    /** How many letters must be added, removed or changed to make one word of the other. */
    public static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(
                        Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
