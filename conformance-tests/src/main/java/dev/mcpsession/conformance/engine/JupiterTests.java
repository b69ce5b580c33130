package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** The results of a run as dynamic tests of JUnit Jupiter: by area, each rule and revision. */
public final class JupiterTests {
    private JupiterTests() {}

    /**
     * Makes the tests. A FAIL fails with the rule, the revision, what came, and how to see it again; a WARN is skipped
     * with its message, as is a rule that could not be judged.
     *
     * @param server the server that was judged; empty where it was a client
     * @throws UnjudgeableException if no rule was judged
     */
    public static Stream<DynamicNode> of(List<RuleResult> results, Optional<Target> server) {
        VerdictResult.mustJudge(results);
        Map<String, Map<String, List<RuleResult>>> areas = new LinkedHashMap<>();
        for (var result : results) {
            areas.computeIfAbsent(result.rule().area(), area -> new LinkedHashMap<>())
                    .computeIfAbsent(result.rule().id(), id -> new ArrayList<>())
                    .add(result);
        }
        return areas.entrySet().stream()
                .map(area -> DynamicContainer.dynamicContainer(
                        area.getKey(),
                        area.getValue().entrySet().stream()
                                .map(rule -> DynamicContainer.dynamicContainer(
                                        rule.getKey(), rule.getValue().stream().map(r -> test(r, server))))));
    }

    private static DynamicNode test(RuleResult result, Optional<Target> server) {
        // Surefire calls a test that has a source of its own by its display name. It calls any other dynamic test by
        // numbers, which the next rule that is added would change.
        var source = URI.create("classpath:/" + result.rule().noteResource());
        return DynamicTest.dynamicTest(result.judged().toString(), source, () -> VerdictResult.check(result, server));
    }
}
