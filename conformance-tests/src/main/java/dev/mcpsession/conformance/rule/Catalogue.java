package dev.mcpsession.conformance.rule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** All rules that a class loader can see, in the order of their sets and classes, by id. */
public final class Catalogue {
    private final Map<String, RuleInfo> rules = new LinkedHashMap<>();

    private Catalogue(Iterable<RuleSet> sets) {
        for (var set : sets) {
            for (var type : set.classes()) {
                var found = new ArrayList<RuleInfo>();
                for (var method : type.getDeclaredMethods()) {
                    if (method.isAnnotationPresent(Rule.class)) {
                        found.add(RuleInfo.of(method));
                    }
                }
                // Reflection promises no order of methods.
                found.sort(java.util.Comparator.comparing(RuleInfo::id));
                found.forEach(this::add);
            }
        }
    }

    private void add(RuleInfo rule) {
        var twin = rules.putIfAbsent(rule.id(), rule);
        if (twin != null) {
            throw new IllegalArgumentException(
                    "two rules have the id " + rule.id() + ": " + twin.method() + " and " + rule.method());
        }
    }

    /** The rules of every {@link RuleSet} that the loader finds, the kit's own included. */
    public static Catalogue load(ClassLoader loader) {
        return new Catalogue(ServiceLoader.load(RuleSet.class, loader));
    }

    /** The rules of these sets alone. */
    public static Catalogue of(RuleSet... sets) {
        return new Catalogue(Arrays.asList(sets));
    }

    /** These rules, followed by those of another catalogue. */
    public Catalogue and(Catalogue other) {
        var both = new Catalogue(java.util.List.of());
        rules.values().forEach(both::add);
        other.rules.values().forEach(both::add);
        return both;
    }

    /** Those of the rules that are named, each judged by another method, which needs nothing of a target. */
    public Catalogue judgedBy(Map<String, java.lang.reflect.Method> methods) {
        var some = new Catalogue(java.util.List.of());
        for (var rule : rules.values()) {
            var method = methods.get(rule.id());
            if (method != null) {
                some.add(rule.judgedBy(method));
            }
        }
        return some;
    }

    public Collection<RuleInfo> rules() {
        return List.copyOf(rules.values());
    }

    public Optional<RuleInfo> find(String id) {
        return Optional.ofNullable(rules.get(id));
    }
}
