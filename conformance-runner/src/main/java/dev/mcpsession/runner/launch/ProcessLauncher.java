package dev.mcpsession.runner.launch;

import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.process.OutputTail;
import dev.mcpsession.conformance.process.ProcessTree;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Starts servers as processes: each on a port of its own, its settings filled into the command and set as environment
 * variables.
 */
public final class ProcessLauncher implements ServerLauncher {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

    /** A start is work for the machine, and has a bound: few at once, so that they do not hold each other up. */
    private final Semaphore starting = new Semaphore(2, true);

    /** Each server is a node of its own. */
    private final AtomicInteger nodes = new AtomicInteger();

    private final LaunchCommand command;
    private final String url;
    private final @Nullable Path directory;
    private final Map<String, String> environment;
    private final Duration startWithin;
    private final ReadinessCheck knock;
    private final @Nullable String noIdleTimeout;
    private final @Nullable String noStateless;

    /**
     * @param url the URL of the MCP endpoint, with {@code {port}} in it
     * @param directory where to run the command; null for the current one
     * @param environment variables to set beside those with the settings
     * @param startWithin how long to wait until the server answers
     * @param sslContext what to verify the server's certificate with; null for the platform's default
     * @param noIdleTimeout why these servers have no idle timeout to set; null if they have
     * @param noStateless why these servers cannot do without sessions; null if they can
     */
    public ProcessLauncher(
            LaunchCommand command,
            String url,
            @Nullable Path directory,
            Map<String, String> environment,
            Duration startWithin,
            @Nullable SSLContext sslContext,
            @Nullable String noIdleTimeout,
            @Nullable String noStateless) {
        this.command = command;
        this.url = url;
        this.directory = directory;
        this.environment = Map.copyOf(environment);
        this.startWithin = startWithin;
        this.noIdleTimeout = noIdleTimeout;
        this.noStateless = noStateless;
        this.knock = new ReadinessCheck(sslContext);
    }

    @Override
    public Launch launch(LaunchSettings settings) throws InterruptedException {
        // A setting that the server has no notion of would be ignored, which is no acceptance.
        if (noIdleTimeout != null && settings.idleTimeout().isPresent()) {
            throw RuleAbortedException.notApplicable("the server has no idle timeout to set: " + noIdleTimeout);
        }
        if (noStateless != null && settings.stateless()) {
            throw RuleAbortedException.notApplicable("the server has no stateless mode: " + noStateless);
        }
        try {
            return begin(settings);
        } catch (LaunchException e) {
            if (command.hasHole(settings)) {
                throw RuleAbortedException.notTestable(
                        "the launch command cannot leave the idle timeout out; put what belongs to it "
                                + "in square brackets, such as [--idle-timeout {idleTimeoutMs}]. Started with "
                                + "nothing in its place, "
                                + "the server " + e.getMessage());
            }
            return new Refused(String.valueOf(e.getMessage()), e.output(), e.ended());
        }
    }

    /**
     * Starts a server and waits until it serves.
     *
     * @throws LaunchException if it does not come to that; nothing is left running then
     */
    public ServerProcess open(LaunchSettings settings) throws LaunchException, InterruptedException {
        try {
            return begin(settings);
        } catch (LaunchException e) {
            // Not so where a rule looks whether a setting is refused: the server has served before.
            throw e.ended() ? e : new LaunchException(e.getMessage() + portless(), e.output(), true, false);
        }
    }

    private ServerProcess begin(LaunchSettings settings) throws LaunchException, InterruptedException {
        starting.acquire();
        try {
            return start(settings);
        } finally {
            starting.release();
        }
    }

    private ServerProcess start(LaunchSettings settings) throws LaunchException, InterruptedException {
        int port = Ports.pick();
        int node = nodes.incrementAndGet();
        var words = command.words(port, node, settings);
        var builder = new ProcessBuilder(words).redirectErrorStream(true);
        if (directory != null) {
            builder.directory(directory.toFile());
            // The system would look for a relative program in our directory, not in the server's.
            var program = directory.resolve(words.get(0));
            if (words.get(0).contains(File.separator) && program.toFile().canExecute()) {
                words.set(0, program.toAbsolutePath().toString());
            }
        }
        builder.environment().putAll(environment);
        LaunchCommand.environment(port, node, settings)
                .forEach((name, value) -> value.ifPresentOrElse(
                        v -> builder.environment().put(name, v),
                        () -> builder.environment().remove(name)));
        ProcessTree tree;
        try {
            tree = ProcessTree.start(builder);
        } catch (IOException e) {
            throw new LaunchException("could not be started: " + words.get(0) + ": " + reason(e), "", false);
        }
        var output = new OutputTail(tree.root().getInputStream(), words.get(0));
        boolean serves = false;
        try {
            tree.root().getOutputStream().close();
            var uri = URI.create(url.replace("{port}", String.valueOf(port)));
            awaitServing(tree.root(), uri, output);
            serves = true;
            return new ServerProcess(tree, output, uri);
        } catch (IOException e) {
            throw new LaunchException("could not be started: " + reason(e), output.text(), true);
        } finally {
            if (!serves) {
                tree.end(Duration.ofSeconds(1));
            }
        }
    }

    private void awaitServing(Process process, URI uri, OutputTail output)
            throws LaunchException, InterruptedException {
        long deadline = System.nanoTime() + startWithin.toNanos();
        while (true) {
            if (process.waitFor(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                output.awaitEnd();
                throw new LaunchException(
                        "ended with status " + process.exitValue() + " before it served", output.text(), true);
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new LaunchException(
                        "did not serve at " + uri + " within " + Moment.words(startWithin), output.text(), true, false);
            }
            var atMost = left < ANSWER_WITHIN.toNanos() ? Duration.ofNanos(left) : ANSWER_WITHIN;
            if (knock.answers(uri, atMost) && process.isAlive()) {
                return;
            }
        }
    }

    /** What is likely to be wrong, where the server may not know at which port it is expected. */
    private String portless() {
        return command.takesPort() || !url.contains("{port}")
                ? ""
                : ". The command has no {port}: does the server read MCP_PORT from its environment? Where its port is"
                        + " fixed, give --url";
    }

    /** The system's message, without Java's words around it. */
    private static String reason(IOException failure) {
        var text = String.valueOf(failure.getMessage());
        int system = text.lastIndexOf("error=");
        int words = system < 0 ? -1 : text.indexOf(", ", system);
        return words < 0 ? text : text.substring(words + 2);
    }
}
