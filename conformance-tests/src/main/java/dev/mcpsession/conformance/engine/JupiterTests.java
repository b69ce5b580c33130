package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunResult;
import dev.mcpsession.conformance.target.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** The results of a run as dynamic tests of JUnit Jupiter: by area, each rule and revision. */
final class JupiterTests {
    private JupiterTests() {}

    static Stream<DynamicNode> of(RunResult run) {
        Map<String, Map<String, List<RuleResult>>> areas = new LinkedHashMap<>();
        for (var result : run.results()) {
            areas.computeIfAbsent(result.rule().area(), area -> new LinkedHashMap<>())
                    .computeIfAbsent(result.rule().id(), id -> new ArrayList<>())
                    .add(result);
        }
        return areas.entrySet().stream()
                .map(area -> DynamicContainer.dynamicContainer(
                        area.getKey(),
                        area.getValue().entrySet().stream()
                                .map(rule -> DynamicContainer.dynamicContainer(
                                        rule.getKey(), rule.getValue().stream().map(r -> test(r, run.target()))))));
    }

    private static DynamicNode test(RuleResult result, Target target) {
        return DynamicTest.dynamicTest(result.revision().wire(), () -> VerdictResult.check(result, target));
    }
}
