package dev.mcpsession.conformance.clients.stage;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.server.Listener;
import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Revision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A server for one script, on a port of its own, and a second origin beside it. */
public final class Stage implements AutoCloseable {
    /** The path of the MCP endpoint. */
    public static final String PATH = "/mcp";

    /** The bearer token that clients are given where a script wants one. */
    public static final String TOKEN = "kit-3a54f1c2";

    /** How long what a client sent before its end may take to be seen. */
    private static final long SETTLE_NANOS = Duration.ofSeconds(2).toNanos();

    private static final long QUIET_NANOS = Duration.ofMillis(200).toNanos();

    private final Script script;
    private final Revision revision;
    private final Recording recording = new Recording();
    private final Scene scene;
    private final Listener main;
    private final Listener other;

    public Stage(Script script, Revision revision) {
        this(script, revision, 0);
    }

    /**
     * @param port of the server; 0 for any that is free
     * @throws UncheckedIOException if it is taken
     */
    public Stage(Script script, Revision revision, int port) {
        this.script = script;
        this.revision = revision;
        scene = new Scene(script, revision);
        var numbers = new AtomicInteger();
        try {
            other = new Listener(
                    0, recording, request -> false, numbers, (request, reply) -> scene.handle(request, reply, null));
            main = new Listener(
                    port,
                    recording,
                    request -> request.path().equals(PATH),
                    numbers,
                    (request, reply) -> scene.handle(request, reply, otherOrigin()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String otherOrigin() {
        return "http://127.0.0.1:" + other.port() + PATH;
    }

    /** The URL of the MCP endpoint. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + main.port() + PATH);
    }

    /** The recording. */
    public Recording recording() {
        return recording;
    }

    /**
     * Lets a client loose on the server, and returns what it did.
     *
     * @param startWithin how long the client may take until its first request
     * @param atMost how long it may take from then on
     */
    public Trace play(Driver driver, Duration startWithin, Duration atMost) throws InterruptedException {
        var outcome = driver.drive(
                uri(),
                settings(),
                () -> recording.firstAt() == 0
                        ? recording.now() > startWithin.toNanos()
                        : recording.now() - recording.firstAt() > atMost.toNanos(),
                recording::now);
        return end(outcome);
    }

    /** The trace of a client that has ended like that. */
    public Trace end(Outcome outcome) throws InterruptedException {
        settle();
        var trace = recording.trace(Optional.of(outcome));
        scene.end();
        return trace;
    }

    /** The step by which a client turns to this server. */
    public String step() {
        return Driver.SERVER_STEP + " " + uri() + " " + revision.wire() + (script.givesToken() ? " " + TOKEN : "");
    }

    /** The environment variables of the client. */
    public Map<String, String> settings() {
        var settings = new LinkedHashMap<String, String>();
        settings.put(Driver.SCENARIO, script.carrier().scenario());
        settings.put(Driver.REVISION, revision.wire());
        script.carrier().context().ifPresent(c -> settings.put(Driver.CONTEXT, c));
        script.steps().ifPresent(s -> settings.put(Driver.STEPS, s));
        if (script.givesToken()) {
            settings.put(Driver.TOKEN, TOKEN);
        }
        return settings;
    }

    /** Waits for requests that the client sent before it ended: the system or a connection still holds them. */
    private void settle() throws InterruptedException {
        long begun = System.nanoTime();
        recording.await(
                () -> main.connections() == 0
                        || !scene.holdsSession()
                                && recording.active() == 0
                                && System.nanoTime() - Math.max(begun, recording.lastActivity()) > QUIET_NANOS,
                SETTLE_NANOS);
    }

    @Override
    public void close() {
        scene.end();
        main.close();
        other.close();
    }
}
