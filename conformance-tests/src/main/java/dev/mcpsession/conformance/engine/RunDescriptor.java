package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleCase;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.support.descriptor.AbstractTestDescriptor;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.ClasspathResourceSource;
import org.junit.platform.engine.support.descriptor.EngineDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;

/**
 * The tree of a run: below one node for the server the areas, in each its rules, in each the revisions that the rule
 * holds in.
 *
 * <p>The node of the server names a class as its source, since build tools report the tests of classes: Surefire drops
 * every result, failures too, that has no class above it. The source of a test is the note of its rule, not the method:
 * Surefire would report it as a test of the method's class, which may be another one tomorrow.
 */
final class RunDescriptor extends EngineDescriptor {
    private final Map<RuleCase, TestDescriptor> tests = new LinkedHashMap<>();

    /** A tree without tests. */
    RunDescriptor(UniqueId id) {
        super(id, "MCP session conformance");
    }

    /** @param server what the node of the server is called */
    RunDescriptor(UniqueId id, String server, Collection<RuleInfo> rules, Collection<Revision> revisions) {
        this(id);
        var all = add(
                this,
                new Node(
                        getUniqueId().append("class", ConformanceEngine.class.getName()),
                        server,
                        ClassSource.from(ConformanceEngine.class),
                        TestDescriptor.Type.CONTAINER));
        var areas = new LinkedHashMap<String, TestDescriptor>();
        for (var rule : rules) {
            var judged = revisions.stream().filter(rule::holdsIn).toList();
            if (judged.isEmpty()) {
                continue;
            }
            var area = areas.computeIfAbsent(
                    rule.area(),
                    name -> add(
                            all,
                            new Node(
                                    all.getUniqueId().append("area", name),
                                    name,
                                    null,
                                    TestDescriptor.Type.CONTAINER)));
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
                                        ClasspathResourceSource.from(rule.noteResource()),
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
                    remove(test);
                }
                return out;
            });
        }
        return this;
    }

    /** Removes a node, and each above it that has nothing below it any more. */
    private void remove(TestDescriptor node) {
        var parent = node.getParent().orElseThrow();
        node.removeFromHierarchy();
        if (parent != this && parent.getChildren().isEmpty()) {
            remove(parent);
        }
    }

    /** The containers below the engine, each before what it holds. */
    List<TestDescriptor> containers() {
        return getDescendants().stream().filter(TestDescriptor::isContainer).collect(Collectors.toList());
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

        Node(UniqueId id, String displayName, @Nullable TestSource source, Type type) {
            super(id, displayName, source);
            this.type = type;
        }

        @Override
        public Type getType() {
            return type;
        }

        /** The name of the class where one is the source, as reports want it: one that no port is part of. */
        @Override
        public String getLegacyReportingName() {
            return getSource()
                    .filter(ClassSource.class::isInstance)
                    .map(source -> ((ClassSource) source).getClassName())
                    .orElseGet(this::getDisplayName);
        }
    }
}
