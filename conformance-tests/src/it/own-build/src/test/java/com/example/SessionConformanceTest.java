package com.example;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.server.ReferenceServer;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** The conformance suite inside this project's own build: a test for each rule and revision. */
class SessionConformanceTest {
    private static final Duration IDLE_TIMEOUT = Duration.ofMillis(500);

    private static ReferenceServer server;

    @BeforeAll
    static void start() {
        server = ReferenceServer.builder().idleTimeout(IDLE_TIMEOUT).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @TestFactory
    Stream<DynamicNode> sessions() {
        var target = Target.at(server.uri())
                .idleTimeout(IDLE_TIMEOUT)
                .reapLag(Duration.ofMillis(250))
                .build();
        return Suite.of(target)
                .select(rule -> rule.area().equals("termination") || rule.area().equals("idle"))
                .asTests();
    }
}
