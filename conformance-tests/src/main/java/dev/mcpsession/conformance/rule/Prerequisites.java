package dev.mcpsession.conformance.rule;

import dev.mcpsession.conformance.http.Misanswer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The rules that others depend on, directly or by way of other rules; see {@link Rule#dependsOn()}. */
public final class Prerequisites {
    private final Map<String, RuleInfo> rules = new LinkedHashMap<>();
    private final Map<String, List<String>> all = new LinkedHashMap<>();
    private final List<String> isolation = new ArrayList<>();

    /**
     * @param rules those that are judged; a prerequisite that is not among them explains nothing
     * @throws IllegalArgumentException if a rule depends on itself
     */
    public Prerequisites(Collection<RuleInfo> rules) {
        rules.forEach(rule -> this.rules.put(rule.id(), rule));
        for (var rule : rules) {
            var found = new LinkedHashSet<String>();
            collect(rule, found, new LinkedHashSet<>());
            found.remove(rule.id());
            all.put(rule.id(), List.copyOf(found));
            if (rule.isolation()) {
                isolation.add(rule.id());
            }
        }
    }

    /** Adds what a rule depends on, the farthest first. */
    private void collect(RuleInfo rule, Set<String> found, Set<String> path) {
        if (!path.add(rule.id())) {
            throw new IllegalArgumentException("rules depend on one another in a circle: " + path);
        }
        for (var id : rule.dependsOn()) {
            var prerequisite = rules.get(id);
            if (prerequisite != null && !found.contains(id)) {
                collect(prerequisite, found, path);
                found.add(id);
            }
        }
        path.remove(rule.id());
    }

    /** The judged rules that this one depends on, causes before their consequences. */
    public List<String> of(String rule) {
        return all.getOrDefault(rule, List.of());
    }

    /** The number of rules that this one depends on. */
    public int depth(String rule) {
        return of(rule).size();
    }

    /** The rules that show whether sessions are kept apart; see {@link Rule#isolation()}. */
    public List<String> isolation() {
        return List.copyOf(isolation);
    }

    /** The rules that name the cause where requests are answered like this; see {@link Rule#explains()}. */
    public List<String> explaining(Misanswer misanswer) {
        return rules.values().stream()
                .filter(rule -> rule.explains().contains(misanswer))
                .map(RuleInfo::id)
                .toList();
    }

    /** The rule of that id, which must be a judged one. */
    public RuleInfo rule(String id) {
        return Objects.requireNonNull(rules.get(id), () -> id + " is not judged");
    }
}
