package dev.mcpsession.server.races;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The session manager is right in every interleaving that the checker tries, and on real threads. */
class RacesTest {

    @TestFactory
    Stream<DynamicTest> interleavings() {
        return Arrays.stream(Check.values())
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> {
                    long before = Accounts.kept();
                    check.explore();
                    System.out.println(check + ": " + (Accounts.kept() - before) + " interleavings");
                }));
    }

    @TestFactory
    Stream<DynamicTest> stress() {
        return Arrays.stream(Check.values()).map(check -> DynamicTest.dynamicTest(check.name(), check::stress));
    }
}
