package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleCase;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.AbstractTestDescriptor;
import org.junit.platform.engine.support.descriptor.EngineDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;

/** The tree of a run: areas, in each its rules, in each the revisions that the rule holds in. */
final class RunDescriptor extends EngineDescriptor {
    private final Map<RuleCase, TestDescriptor> tests = new LinkedHashMap<>();

    /** A tree without tests. */
    RunDescriptor(UniqueId id) {
        super(id, "MCP session conformance");
    }

    RunDescriptor(UniqueId id, Collection<RuleInfo> rules, Collection<Revision> revisions) {
        this(id);
        var areas = new LinkedHashMap<String, TestDescriptor>();
        for (var rule : rules) {
            var judged = revisions.stream().filter(rule::holdsIn).toList();
            if (judged.isEmpty()) {
                continue;
            }
            var area = areas.computeIfAbsent(
                    rule.area(),
                    name -> add(
                            this,
                            new Node(getUniqueId().append("area", name), name, null, TestDescriptor.Type.CONTAINER)));
            var container = add(
                    area,
                    new Node(
                            area.getUniqueId().append("rule", name(rule)),
                            rule.id() + ": " + rule.title(),
                            MethodSource.from(rule.method()),
                            TestDescriptor.Type.CONTAINER));
            for (var revision : judged) {
                tests.put(
                        new RuleCase(rule, revision),
                        add(
                                container,
                                new Node(
                                        container.getUniqueId().append("revision", revision.wire()),
                                        rule.id() + " [" + revision + "]",
                                        MethodSource.from(rule.method()),
                                        TestDescriptor.Type.TEST)));
            }
        }
    }

    private static TestDescriptor add(TestDescriptor parent, TestDescriptor child) {
        parent.addChild(child);
        return child;
    }

    private static String name(RuleInfo rule) {
        return rule.id().substring(rule.id().indexOf('/') + 1);
    }

    /** Removes every test that is neither one of these nor below one of these; an empty collection removes none. */
    RunDescriptor only(Collection<UniqueId> selected) {
        if (!selected.isEmpty()) {
            tests.values().removeIf(test -> {
                boolean out = selected.stream().noneMatch(test.getUniqueId()::hasPrefix);
                if (out) {
                    var parent = test.getParent().orElseThrow();
                    test.removeFromHierarchy();
                    if (parent.getChildren().isEmpty()) {
                        var area = parent.getParent().orElseThrow();
                        parent.removeFromHierarchy();
                        if (area.getChildren().isEmpty()) {
                            area.removeFromHierarchy();
                        }
                    }
                }
                return out;
            });
        }
        return this;
    }

    /** The rules that have tests, in order. */
    List<RuleInfo> rules() {
        return tests.keySet().stream().map(RuleCase::rule).distinct().toList();
    }

    /** The test of each rule and revision, in the order of the rules. */
    Map<RuleCase, TestDescriptor> tests() {
        return tests;
    }

    private static final class Node extends AbstractTestDescriptor {
        private final Type type;

        Node(UniqueId id, String displayName, TestSource source, Type type) {
            super(id, displayName, source);
            this.type = type;
        }

        @Override
        public Type getType() {
            return type;
        }
    }
}
