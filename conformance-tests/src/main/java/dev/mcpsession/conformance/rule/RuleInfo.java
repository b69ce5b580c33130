package dev.mcpsession.conformance.rule;

import dev.mcpsession.conformance.http.Misanswer;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Unless;
import dev.mcpsession.conformance.protocol.Revision;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The content of the {@link Rule} annotation of a method, checked. */
public record RuleInfo(
        String id,
        String title,
        String source,
        Map<Revision, Level> levels,
        Set<Requires> requires,
        Set<Requires> uses,
        Set<Unless> unless,
        List<String> dependsOn,
        boolean isolation,
        Set<Misanswer> explains,
        boolean activity,
        boolean retriedAlone,
        int sessions,
        boolean once,
        boolean waits,
        boolean concluding,
        boolean disruptive,
        Method method) {

    /**
     * Reads the annotation of a method.
     *
     * @throws IllegalArgumentException if the id is no path of two parts, or the rule holds in no revision
     */
    public static RuleInfo of(Method method) {
        var rule = method.getAnnotation(Rule.class);
        if (!rule.id().matches("[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("rule id '" + rule.id() + "' on " + method
                    + " must have the form area/name, of lower-case words joined by hyphens");
        }
        var levels = new EnumMap<Revision, Level>(Revision.class);
        for (var revision : Revision.values()) {
            if (List.of(rule.eras()).contains(revision.era())
                    && Arrays.stream(rule.since()).allMatch(revision::since)
                    && Arrays.stream(rule.until()).allMatch(last -> last.since(revision))) {
                levels.put(revision, rule.level());
            }
        }
        if (levels.isEmpty()) {
            throw new IllegalArgumentException(
                    "rule " + rule.id() + " holds in no revision: its eras, since and until exclude all");
        }
        for (var exception : rule.levels()) {
            levels.replace(exception.revision(), exception.level());
        }
        var requires = EnumSet.noneOf(Requires.class);
        requires.addAll(List.of(rule.requires()));
        boolean waits =
                rule.waits() || requires.contains(Requires.IDLE_TIMEOUT) || requires.contains(Requires.SLOW_TOOL);
        return new RuleInfo(
                rule.id(),
                rule.title(),
                rule.source(),
                Map.copyOf(levels),
                Set.copyOf(requires),
                Set.of(rule.uses()),
                Set.of(rule.unless()),
                List.of(rule.dependsOn()),
                rule.isolation(),
                Set.of(rule.explains()),
                rule.activity(),
                rule.retriedAlone(),
                rule.sessions(),
                rule.once(),
                waits,
                rule.concluding(),
                rule.disruptive(),
                method);
    }

    /** The same rule, judged by another method: in each revision, and without anything of a target. */
    RuleInfo judgedBy(Method other) {
        return new RuleInfo(
                id, title, source, levels, Set.of(), Set.of(), Set.of(), List.of(), false, Set.of(), false, false, 0,
                false, false, false, false, other);
    }

    /** The first part of the id. */
    public String area() {
        return id.substring(0, id.indexOf('/'));
    }

    /** Whether the rule mostly lets time pass on this server, be it for a call of the slow tool alone. */
    public boolean beginsEarly() {
        return waits || uses.contains(Requires.SLOW_TOOL);
    }

    /** The level in a revision; the rule must hold in it. */
    public Level level(Revision revision) {
        return Objects.requireNonNull(levels.get(revision), () -> id + " does not hold in " + revision);
    }

    public boolean holdsIn(Revision revision) {
        return levels.containsKey(revision);
    }

    /** The name of the resource on the class path that holds the note on the rule; rules of others may have none. */
    public String noteResource() {
        return "dev/mcpsession/notes/rules/" + id + ".md";
    }
}
