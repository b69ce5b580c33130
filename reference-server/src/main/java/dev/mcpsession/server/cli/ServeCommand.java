package dev.mcpsession.server.cli;

import dev.mcpsession.server.ReferenceServer;
import dev.mcpsession.server.protocol.Era;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.InvalidOptionException;
import dev.mcpsession.server.session.SessionStore;
import dev.mcpsession.server.store.RedisStore;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs the reference server until the process is told to end. Standard output gets one line, the URL, once the server
 * accepts connections. Exit status: 2 if the options are wrong or the server cannot
 * listen where they say, 3 if memory has run out.
 */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = "Runs the reference server. Prints its URL on a line of its own when it serves.",
        footerHeading = "%nExamples%n",
        footer = {
            "  On a free port, with sessions that expire after a second:",
            "    ${COMMAND-FULL-NAME} --port 0 --idle-timeout 1s",
            "  For clients that must show a token:",
            "    MCP_TOKENS='alice=open-sesame' ${COMMAND-FULL-NAME}"
        })
public final class ServeCommand implements Callable<Integer> {

    /** Held, since the log manager forgets loggers, and their levels with them, that nobody holds. */
    private static final Logger[] CHATTY = {
        Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"), Logger.getLogger("org.jboss.threads")
    };

    private static final String TOKENS_VARIABLE = "MCP_TOKENS";
    private static final String STORE_USER_VARIABLE = "MCP_STORE_USER";
    private static final String STORE_PASSWORD_VARIABLE = "MCP_STORE_PASSWORD";

    private final Map<String, String> environment;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "38080",
            description = "Port to listen on; 0 picks a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "Name or address of the interface to listen on. Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "/mcp",
            description = "Path of the MCP endpoint. Default: ${DEFAULT-VALUE}.")
    private String path;

    @Option(
            names = "--idle-timeout",
            paramLabel = "DURATION",
            description =
                    "End a session that has been idle for so long, such as 500ms, 1.5s, 2m or 1h. " + "Default: never.")
    private @Nullable String idleTimeout;

    @Option(
            names = "--era",
            paramLabel = "ERA",
            defaultValue = "dual",
            description = "Revisions to speak: legacy (with sessions), modern (without) or dual. Default: dual.")
    private String era;

    @Option(
            names = "--idle-policy",
            paramLabel = "POLICY",
            defaultValue = "open-exchanges",
            description = "What keeps a session from being idle: open-exchanges (requests and streams in progress), "
                    + "requests, or arrival (nothing but the arrival of a request). Default: ${DEFAULT-VALUE}.")
    private String idlePolicy;

    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            defaultValue = "0",
            description = "Have at most so many sessions; beyond that the longest idle one makes room. "
                    + "Default: no limit.")
    private int maxSessions;

    @Option(
            names = "--token",
            paramLabel = "NAME=SECRET",
            description = "Let NAME in by the bearer token SECRET, and nobody without a token. Repeatable. Others on "
                    + "this machine may see it in the list of processes: rather use a file, or the environment "
                    + "variable " + TOKENS_VARIABLE + " (NAME=SECRET, several with white space between them).")
    private List<String> tokens = List.of();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Read tokens from a file, NAME=SECRET on each line.")
    private @Nullable String tokenFile;

    @Option(
            names = "--keep-alive",
            paramLabel = "DURATION",
            defaultValue = "15s",
            description = "Send a comment on a stream before it has been quiet for so long; or off. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String keepAlive;

    @Option(
            names = "--event-store",
            paramLabel = "N",
            defaultValue = "128",
            description = "Keep the latest N events of each session, so that clients can resume streams; 0 for none. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int eventStore;

    @Option(
            names = "--store-every-answer",
            description = "In revisions before 2025-11-25, too, keep the answers to requests that are answered at "
                    + "once, so that they can be resumed.")
    private boolean storeEveryAnswer;

    @Option(
            names = "--retry",
            paramLabel = "DURATION",
            defaultValue = "500ms",
            description = "Tell clients to come back after so long to a stream whose connection has ended. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String retry;

    @Option(
            names = "--admin",
            paramLabel = "PATH",
            description = "Path, such as /admin, under which the server can be watched and steered from this machine: "
                    + "counters; list, end and expire sessions; drain. Where there are tokens, that of the name admin "
                    + "is required. Default: nowhere.")
    private @Nullable String admin;

    @Option(
            names = "--slow-sender-timeout",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "Cut off clients that take longer to send a head or a body; or off. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String slowSenderTimeout;

    @Option(
            names = "--slow-reader-timeout",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "Cut off clients that take nothing for so long of a response that waits for them; or off. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String slowReaderTimeout;

    @Option(
            names = "--stop-timeout",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description = "When told to end, give calls in progress so long to come to their end. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String stopTimeout;

    @Option(
            names = "--store",
            paramLabel = "URI",
            description = "Keep the sessions in a Redis or Valkey server, which any number of nodes may share: "
                    + "redis://HOST:PORT[/DATABASE], or rediss:// for TLS. User and password come from the environment "
                    + "variables " + STORE_USER_VARIABLE + " and " + STORE_PASSWORD_VARIABLE + ". Default: in memory.")
    private @Nullable String store;

    @Option(
            names = "--store-prefix",
            paramLabel = "TEXT",
            defaultValue = "mcp",
            description = "Begin all keys in the store with this, in braces. Default: ${DEFAULT-VALUE}.")
    private String storePrefix;

    @Option(
            names = "--store-lease",
            paramLabel = "DURATION",
            defaultValue = "5s",
            description =
                    "Take the sessions of a node that was killed for held for so long. " + "Default: ${DEFAULT-VALUE}.")
    private String storeLease;

    @Option(
            names = "--store-timeout",
            paramLabel = "DURATION",
            defaultValue = "500ms",
            description = "Answer 503 if the store has not answered after so long; up to 900ms. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String storeTimeout;

    @Option(names = "--stateless", description = "Serve without sessions.")
    private boolean stateless;

    @Option(names = "--json-answers", description = "Answer requests with JSON instead of an event stream.")
    private boolean jsonAnswers;

    /** A command that finds tokens in the environment of this process too. */
    public ServeCommand() {
        this(System.getenv());
    }

    ServeCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Starts a server as a command line would, but within this process, and without output.
     *
     * @param arguments the options, without the name of the command
     * @return the server, which the caller must close
     * @throws InvalidOptionException if the command would refuse an option
     * @throws IllegalArgumentException if the command would refuse the arguments for another reason
     * @throws UncheckedIOException if the server cannot listen
     */
    public static ReferenceServer openFrom(String... arguments) {
        var command = new ServeCommand();
        try {
            new CommandLine(command).parseArgs(arguments);
        } catch (ParameterException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return command.open();
    }

    /**
     * Starts a server with the options that were parsed into this command.
     *
     * @return the server, which the caller must close
     * @throws InvalidOptionException if an option is refused; names it as the command line does
     * @throws UncheckedIOException if the server cannot listen
     */
    public ReferenceServer open() {
        try {
            var builder = ReferenceServer.builder()
                    .host(host)
                    .port(port)
                    .path(path)
                    .era(choice("era", Era.class, era))
                    .idlePolicy(choice("idlePolicy", IdlePolicy.class, idlePolicy))
                    .maxSessions(maxSessions)
                    .stateless(stateless)
                    .jsonAnswers(jsonAnswers)
                    .keepAlive(durationOrOff("keepAlive", keepAlive))
                    .retry(duration("retry", retry))
                    .eventStore(eventStore)
                    .storeEveryAnswer(storeEveryAnswer)
                    .admin(admin)
                    .slowSenderTimeout(durationOrOff("slowSenderTimeout", slowSenderTimeout))
                    .slowReaderTimeout(durationOrOff("slowReaderTimeout", slowReaderTimeout))
                    .stopTimeout(duration("stopTimeout", stopTimeout));
            if (idleTimeout != null) {
                builder.idleTimeout(duration("idleTimeout", idleTimeout));
            }
            tokens.forEach(token -> TokenList.readOne(token, builder::token));
            TokenList.readAll(environment.getOrDefault(TOKENS_VARIABLE, ""), builder::token);
            if (store != null) {
                builder.store(sharedStore(store));
            }
            if (tokenFile != null) {
                TokenList.readFile(tokenFile, builder::token);
            }
            return builder.start();
        } catch (InvalidOptionException e) {
            throw new InvalidOptionException(onCommandLine(e.option()), e.requirement());
        }
    }

    private SessionStore sharedStore(String uri) {
        try {
            return RedisStore.at(uri)
                    .withCredentials(environment.get(STORE_USER_VARIABLE), environment.get(STORE_PASSWORD_VARIABLE))
                    .withPrefix(storePrefix)
                    .withLease(duration("storeLease", storeLease))
                    .withTimeout(duration("storeTimeout", storeTimeout));
        } catch (NoClassDefFoundError e) {
            throw new InvalidOptionException("store", "needs Jedis (redis.clients:jedis) on the class path");
        }
    }

    private static Duration duration(String option, String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidOptionException(option, "must be a duration: " + e.getMessage());
        }
    }

    private static @Nullable Duration durationOrOff(String option, String text) {
        return text.equals("off") ? null : duration(option, text);
    }

    /** Reads a constant such as {@code OPEN_EXCHANGES} from {@code open-exchanges}. */
    private static <E extends Enum<E>> E choice(String option, Class<E> type, String text) {
        var words = new ArrayList<String>();
        for (var constant : type.getEnumConstants()) {
            var word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (word.equals(text)) {
                return constant;
            }
            words.add(word);
        }
        throw new InvalidOptionException(
                option, "must be one of " + String.join(", ", words) + " but is '" + text + "'");
    }

    /** Turns {@code idleTimeout} into {@code --idle-timeout}. */
    private static String onCommandLine(String option) {
        return "--" + option.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** Says why the server does not start, as the command line says of options that it cannot read. */
    private int refused(RuntimeException failure) {
        var err = spec.commandLine().getErr();
        err.println(spec.qualifiedName() + ": " + failure.getMessage());
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() throws InterruptedException {
        for (var logger : CHATTY) {
            logger.setLevel(Level.WARNING);
        }
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        ReferenceServer server;
        try {
            server = open();
        } catch (InvalidOptionException e) {
            return refused(e);
        } catch (UncheckedIOException e) {
            return refused(e);
        }
        ExitOnOutOfMemory.install();
        var ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.close();
                            ended.countDown();
                        },
                        "stop-server"));
        out.println(server.uri());
        out.flush();
        err.println("Serving "
                + (stateless || !choice("era", Era.class, era).hasLegacy()
                        ? "without sessions"
                        : idleTimeout == null
                                ? "with sessions that never expire"
                                : "with sessions that expire when idle for " + idleTimeout)
                + ". Stop with Ctrl-C.");
        err.flush();
        ended.await();
        return CommandLine.ExitCode.OK;
    }
}
