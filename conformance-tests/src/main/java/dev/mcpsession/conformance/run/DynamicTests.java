package dev.mcpsession.conformance.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/** The results of a run as tests of a surrounding one: by area, each rule and revision. */
final class DynamicTests {
    private DynamicTests() {}

    static Stream<DynamicNode> of(RunResult run) {
        Map<String, Map<String, List<RuleResult>>> areas = new LinkedHashMap<>();
        for (var result : run.results()) {
            areas.computeIfAbsent(result.rule().area(), area -> new LinkedHashMap<>())
                    .computeIfAbsent(result.rule().id(), id -> new ArrayList<>()).add(result);
        }
        return areas.entrySet().stream().map(area -> DynamicContainer.dynamicContainer(area.getKey(),
                area.getValue().entrySet().stream().map(rule -> DynamicContainer.dynamicContainer(rule.getKey(),
                        rule.getValue().stream().map(r -> DynamicTest.dynamicTest(r.revision().wire(), () -> show(r)))))));
    }

    /** A warning is no failure here, as it is none for the exit status; what could not be judged is skipped. */
    private static void show(RuleResult result) {
        switch (result.verdict()) {
            case PASS -> { }
            case FAIL -> throw new AssertionFailedError(result.rule().title() + ": " + result.summary());
            case ERROR -> throw new IllegalStateException(result.summary());
            default -> throw new TestAbortedException(result.verdict() + ": " + result.summary());
        }
    }
}
