package dev.mcpsession.server.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The extension where the server cannot be started: the reason is seen, and nothing hides it. */
class FailedStartTest {

    private static ExtensionContext context(String name) {
        return (ExtensionContext) Proxy.newProxyInstance(
                FailedStartTest.class.getClassLoader(),
                new Class<?>[] {ExtensionContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getDisplayName", "getUniqueId" -> name;
                    default -> throw new AssertionError(method);
                });
    }

    @Test
    void reasonIsToldAndTheNextTestStartsAnew() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            var extension = ReferenceServerExtension.with(options -> options.port(port));
            var failure = assertThrows(IllegalStateException.class, () -> extension.beforeEach(context("first()")));
            assertEquals(
                    "The reference server could not be started for first(): port " + port
                            + " on 127.0.0.1 is in use already",
                    failure.getMessage());
            assertTrue(failure.getCause() instanceof UncheckedIOException);
            assertSame(failure, assertThrows(IllegalStateException.class, extension::uri));
            // As JUnit calls it after a failure, too: an error here would stand beside the reason.
            extension.afterEach(context("first()"));
            extension.afterAll(context("class"));
            taken.close();
            extension.beforeEach(context("second()"));
            assertEquals(port, extension.uri().getPort());
            extension.afterEach(context("second()"));
        }
    }

    @Test
    void wrongOptionIsNamed() {
        var extension = ReferenceServerExtension.with(options -> options.maxSessions(-1));
        var failure = assertThrows(IllegalStateException.class, () -> extension.beforeAll(context("MyTest")));
        assertTrue(
                failure.getMessage().startsWith("The reference server could not be started for MyTest: maxSessions"),
                failure.getMessage());
        extension.afterAll(context("MyTest"));
    }
}
