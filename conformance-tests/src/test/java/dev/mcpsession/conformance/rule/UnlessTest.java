package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Unless;
import dev.mcpsession.conformance.rules.CoreRules;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A rule declares every reason not to apply that its steps, and what they call, can give. */
class UnlessTest {
    private static final String RULES = "dev.mcpsession.conformance.rules";
    private static final String HTTP = "dev.mcpsession.conformance.http";
    private static final String CLIENTS = "dev.mcpsession.conformance.clients";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(RULES, HTTP, CLIENTS);

    private final Collection<RuleInfo> rules =
            Catalogue.of(new CoreRules(), new ClientRules()).rules();

    @Test
    void declaredAsThrown() {
        var declared = new TreeMap<String, Set<Unless>>();
        var thrown = new TreeMap<String, Set<Unless>>();
        for (var rule : rules) {
            declared.put(rule.id(), sorted(rule.unless()));
            thrown.put(rule.id(), thrown(rule.method()));
        }
        thrown.entrySet().removeIf(e -> e.getValue().equals(declared.get(e.getKey())));
        declared.keySet().retainAll(thrown.keySet());
        assertEquals(thrown, declared, "@Rule(unless = …) names what the rule's steps may show");
    }

    @Test
    void everyReasonIsOfSomeRule() {
        var unused = EnumSet.allOf(Unless.class);
        rules.forEach(rule -> unused.removeAll(rule.unless()));
        assertEquals(Set.of(), unused);
    }

    @Test
    void noReasonInOtherWords() {
        var others = CLASSES.stream()
                .flatMap(c -> c.getCodeUnits().stream())
                .filter(unit -> accesses(unit)
                        .anyMatch(a -> a.getTargetOwner().isEquivalentTo(RuleAbortedException.class)
                                && a.getTarget().getName().equals("notApplicable")
                                && a.getTarget().getFullName().endsWith("notApplicable(java.lang.String)")))
                .map(JavaCodeUnit::getFullName)
                .toList();
        assertEquals(List.of(), others, "the reason is one of Unless");
    }

    /** The reasons that a method names, and those that it calls. */
    private static Set<Unless> thrown(Method rule) {
        var found = EnumSet.noneOf(Unless.class);
        var seen = new HashSet<JavaCodeUnit>();
        var open = new ArrayDeque<JavaCodeUnit>();
        open.add(CLASSES.get(rule.getDeclaringClass()).getMethod(rule.getName(), rule.getParameterTypes()));
        while (!open.isEmpty()) {
            var unit = open.remove();
            if (!seen.add(unit)) {
                continue;
            }
            unit.getFieldAccesses().stream()
                    .filter(a -> a.getTargetOwner().isEquivalentTo(Unless.class))
                    .forEach(a -> found.add(Unless.valueOf(a.getTarget().getName())));
            accesses(unit)
                    .flatMap(a -> a.getTarget().resolveMember().stream())
                    .filter(JavaCodeUnit.class::isInstance)
                    .map(JavaCodeUnit.class::cast)
                    .forEach(open::add);
        }
        return found;
    }

    private static Stream<JavaAccess<?>> accesses(JavaCodeUnit unit) {
        return Stream.concat(unit.getCallsFromSelf().stream(), unit.getCodeUnitReferencesFromSelf().stream());
    }

    private static Set<Unless> sorted(Set<Unless> reasons) {
        return reasons.isEmpty() ? EnumSet.noneOf(Unless.class) : EnumSet.copyOf(reasons);
    }
}
