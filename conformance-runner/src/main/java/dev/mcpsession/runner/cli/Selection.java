package dev.mcpsession.runner.cli;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules and revisions that were asked for. */
record Selection(List<RuleInfo> rules, Set<Revision> revisions, boolean everything) {

    /**
     * Applies the options to a catalogue.
     *
     * @throws NothingSelectedException if a pattern matches nothing, or nothing is left in the end
     */
    static Selection of(SelectionOptions options, Catalogue catalogue) {
        var all = catalogue.rules();
        var ids = all.stream().map(RuleInfo::id).toList();
        var chosen = patterns(options.rules, ids, "rule", "see the list of rules with: list");
        var skipped = patterns(options.skipped, ids, "rule", "see the list of rules with: list");
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
                .filter(r -> !options.quick || isQuick(r))
                .filter(r -> revisions.stream()
                        .filter(r::holdsIn)
                        .anyMatch(v -> anyMatches(levels, r.level(v).name())))
                .toList();
        if (rules.isEmpty()) {
            throw new NothingSelectedException(
                    "No rule is left: each option matches some rules, but no rule matches all of them.");
        }
        return new Selection(rules, revisions, rules.size() == all.size() && revisions.size() == wires.size());
    }

    private static boolean isQuick(RuleInfo rule) {
        return !rule.waits()
                && !rule.requires().contains(Requires.LAUNCH)
                && !rule.requires().contains(Requires.STRESS);
    }

    /** The rule of that id. */
    static RuleInfo find(String id, Catalogue catalogue) {
        return catalogue
                .find(id)
                .orElseThrow(() -> unknown(
                        id,
                        catalogue.rules().stream().map(RuleInfo::id).toList(),
                        "rule",
                        "see the list of rules with: list"));
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private static List<Pattern> patterns(List<String> globs, Collection<String> names, String thing, String hint) {
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

    private static NothingSelectedException unknown(String glob, Collection<String> names, String thing, String hint) {
        // Of the few areas, levels and revisions all are named; of the many rules, the one that may be meant.
        var near = names.stream()
                .filter(n -> hint != null && distance(n, glob.toLowerCase(Locale.ROOT)) <= 3)
                .min(Comparator.comparingInt(n -> distance(n, glob)));
        var help = near.map(n -> "; is " + n + " meant?")
                .orElse(hint != null ? "; " + hint : "; there are " + String.join(", ", names) + ".");
        return new NothingSelectedException((glob.contains("*") || glob.contains("?")
                        ? "No " + thing + " matches '" + glob + "'"
                        : "There is no " + thing + " '" + glob + "'")
                + help);
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
    static int distance(String a, String b) {
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
