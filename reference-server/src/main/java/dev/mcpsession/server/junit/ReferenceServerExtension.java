package dev.mcpsession.server.junit;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.session.ManualClock;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A reference server for the tests of a client. Time stands still on it until the test lets it pass, so that a test of
 * what a client does when its session has expired waits for nothing:
 *
 * <pre>{@code
 * @RegisterExtension
 * final ReferenceServerExtension server =
 *         ReferenceServerExtension.with(options -> options.idleTimeout(Duration.ofMinutes(5)));
 *
 * @Test
 * void startsAnewWhenItsSessionHasExpired() {
 *     var client = MyClient.connect(server.uri());
 *     server.pass(Duration.ofMinutes(5));
 *     client.listTools();
 * }
 * }</pre>
 *
 * In an instance field, each test has a server of its own; in a static field, all tests of the class share one.
 */
public final class ReferenceServerExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    private final Consumer<ReferenceServer.Builder> options;

    private @Nullable ManualClock clock;
    private @Nullable ReferenceServer server;
    /** The class or the test that has started the server, and stops it. */
    private @Nullable String owner;
    /** Why the server could not be started for a test; null if it could. */
    private @Nullable RuntimeException failure;

    private ReferenceServerExtension(Consumer<ReferenceServer.Builder> options) {
        this.options = Objects.requireNonNull(options, "options");
    }

    /** Returns an extension whose server has the default options. */
    public static ReferenceServerExtension withDefaults() {
        return with(builder -> {});
    }

    /**
     * Returns an extension whose server has other options.
     *
     * @param options sets them; a clock that it sets is not used
     */
    public static ReferenceServerExtension with(Consumer<ReferenceServer.Builder> options) {
        return new ReferenceServerExtension(options);
    }

    /**
     * Returns the server.
     *
     * @throws IllegalStateException if no test is running, or the server could not be started for it
     */
    public ReferenceServer server() {
        if (failure != null) {
            throw failure;
        }
        if (server == null) {
            throw new IllegalStateException(
                    "The server runs only during tests; is the field annotated with " + "@RegisterExtension?");
        }
        return server;
    }

    /** Returns the URL to connect to. */
    public URI uri() {
        return server().uri();
    }

    /**
     * Lets time pass. When this returns, every session that has expired by then is gone. As everywhere, a session is
     * not idle while a request or a stream is open in it.
     */
    public void pass(Duration time) {
        var running = server();
        running.settle();
        Objects.requireNonNull(clock, "A server that runs has a clock").advance(time);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        startFor(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        startFor(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (server != null) {
            // A plan of one test is not for the next.
            server.clearAnswers();
        }
        stopFor(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stopFor(context);
    }

    private void startFor(ExtensionContext context) {
        // A test, or a nested class, finds the server of the class around it.
        if (server == null) {
            failure = null;
            clock = new ManualClock();
            try {
                var builder = ReferenceServer.builder().stopTimeout(Duration.ZERO);
                options.accept(builder);
                server = builder.clock(clock).start();
            } catch (RuntimeException e) {
                failure = new IllegalStateException(
                        "The reference server could not be started for " + context.getDisplayName() + ": "
                                + e.getMessage(),
                        e);
                throw failure;
            }
            owner = context.getUniqueId();
        }
    }

    private void stopFor(ExtensionContext context) {
        if (server != null && context.getUniqueId().equals(owner)) {
            server.close();
            server = null;
            owner = null;
        }
    }
}
