package dev.mcpsession.runner.cli.target;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.HttpProxy;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.StoreControl;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.Converters;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.launch.EmbeddedLauncher;
import dev.mcpsession.runner.launch.LaunchCommand;
import dev.mcpsession.runner.launch.LaunchException;
import dev.mcpsession.runner.launch.ProcessLauncher;
import dev.mcpsession.runner.launch.ServerProcess;
import dev.mcpsession.runner.launch.StoreCommand;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.server.ReferenceServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The server that a run is about, from the options and the target file together. */
public final class Subject {
    /** The embedded server takes them all, so that no rule that waits has to wait for its turn. */
    private static final int EMBEDDED_SESSIONS = 200;

    /** Where no rule waits for a session to expire, a call need only outlast the requests beside it: milliseconds. */
    private static final long QUICK_CALL = 500;

    private static final String EMBEDDED_NAME = "reference-server";

    /** The nodes of a server whose command tells them apart, where nobody says how many. */
    private static final int NODES = 3;

    private static final Duration START_WITHIN = Duration.ofSeconds(20);

    private final RunOptions.Server options;
    private final RunOptions.Manners manners;
    private final boolean quick;
    private final @Nullable URI url;
    private final @Nullable TargetFile file;
    private final @Nullable SSLContext sslContext;
    private final String launchUrl;
    private final @Nullable LaunchCommand command;
    private final List<URI> nodes;
    private final int nodeCount;
    private final @Nullable StoreControl store;
    private final @Nullable HttpProxy proxy;
    private final List<Header> headers;
    private final List<Header> otherHeaders;

    /**
     * Reads what was told.
     *
     * @throws UsageException if it cannot be meant
     */
    public Subject(RunOptions options, Map<String, String> environment) {
        this(options, only(TargetFiles.of(options.server.targets)), environment);
    }

    private static @Nullable Path only(List<Path> targets) {
        if (targets.size() > 1) {
            throw new UsageException("--target: this is about one server, and " + targets.size() + " are named.");
        }
        return targets.isEmpty() ? null : targets.get(0);
    }

    /**
     * Reads what was told of each server.
     *
     * @throws UsageException if it cannot be meant
     */
    public static List<Subject> all(RunOptions options, Map<String, String> environment) {
        var targets = TargetFiles.of(options.server.targets);
        if (targets.size() <= 1) {
            return List.of(new Subject(options, targets.isEmpty() ? null : targets.get(0), environment));
        }
        var names = new HashMap<String, Path>();
        var subjects = new ArrayList<Subject>();
        for (var target : targets) {
            var subject = new Subject(options, target, environment);
            var other = names.put(subject.name(), target);
            if (other != null) {
                throw new UsageException(
                        "--target: " + other + " and " + target + " have the same \"name\", " + subject.name() + ".");
            }
            subjects.add(subject);
        }
        return List.copyOf(subjects);
    }

    private Subject(RunOptions options, @Nullable Path target, Map<String, String> environment) {
        this.options = options.server;
        this.manners = options.manners;
        this.quick = options.selection.isQuick();
        nodes = options.server.nodes;
        this.url = options.url != null || nodes.isEmpty() ? options.url : nodes.get(0);
        file = target == null ? null : TargetFile.read(target, environment);
        var given = (url == null ? 0 : 1) + (this.options.launch == null ? 0 : 1) + (file == null ? 0 : 1);
        if (given > 1) {
            throw new UsageException("Give a URL, --launch or --target, and only one of them.");
        }
        if (this.options.cacert != null && this.options.insecure) {
            throw new UsageException("Give --cacert or --insecure, not both.");
        }
        sslContext = this.options.insecure
                ? Tls.trustingAll()
                : this.options.cacert != null ? Tls.trusting(this.options.cacert) : null;
        command = command();
        nodeCount = nodeCount();
        store = store();
        launchUrl = launchUrl();
        if (command == null && (this.options.url != null || this.options.startWithin != null)) {
            throw new UsageException(
                    (this.options.url != null ? "--url" : "--start-within") + " is about servers that are "
                            + "started, and goes with --launch or a target file that has \"launch\".");
        }
        proxy = Proxies.of(
                this.options.proxy, environment, url != null ? url : Converters.url(launchUrl.replace("{port}", "1")));
        headers = joined(this.options.headers, "--header-file", this.options.headerFile, environment);
        otherHeaders =
                joined(this.options.otherHeaders, "--other-header-file", this.options.otherHeaderFile, environment);
    }

    private static List<Header> joined(
            List<Header> given, String option, @Nullable Path file, Map<String, String> environment) {
        return file == null
                ? List.copyOf(given)
                : Stream.concat(given.stream(), HeaderFile.read(option, file, environment).stream())
                        .toList();
    }

    private @Nullable LaunchCommand command() {
        var text = options.launch != null ? options.launch : file != null ? file.launch() : null;
        if (text != null) {
            var unknown = LaunchCommand.unknownPlaces(text);
            if (!unknown.isEmpty()) {
                throw new UsageException((options.launch != null ? "--launch" : "--target: \"launch\"") + ": "
                        + String.join(", ", unknown) + " is no placeholder; there are {port}, {idleTimeoutMs},"
                        + " {idleTimeoutSeconds} and {stateless}, and where several nodes are started {node}, and"
                        + " {?node …} around what only these get.");
            }
        }
        try {
            return text == null ? null : LaunchCommand.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    (options.launch != null ? "--launch" : "--target: \"launch\"") + ": the command '" + text
                            + "' cannot be split: " + e.getMessage(),
                    e);
        }
    }

    /** How many nodes to start. */
    private int nodeCount() {
        if (nodes.size() == 1 && this.options.nodes.size() == 1) {
            throw new UsageException("--node: one node alone shows nothing; give two or more.");
        }
        if (options.nodeCount != null && command == null) {
            throw new UsageException("--nodes is about servers that are started, and goes with --launch; the nodes of"
                    + " a server that runs are named one by one: --node URL.");
        }
        if (replicasBehind() && (command != null || isEmbedded() || !nodes().isEmpty())) {
            throw new UsageException("--replicas-behind is about one URL of a server that runs.");
        }
        return command == null
                ? 1
                : or(options.nodeCount, file == null ? null : file.nodeCount(), command.tellsNodesApart() ? NODES : 1);
    }

    private List<URI> nodes() {
        return !nodes.isEmpty() || file == null ? nodes : file.nodes();
    }

    private boolean replicasBehind() {
        return options.replicasBehind || file != null && file.replicasBehind();
    }

    private @Nullable StoreControl store() {
        var text = options.storeCommand != null ? options.storeCommand : file == null ? null : file.storeCommand();
        try {
            return text == null ? null : StoreCommand.parse(text, options.storeCommand != null ? null : directory());
        } catch (IllegalArgumentException e) {
            throw new UsageException("--store-command: " + e.getMessage(), e);
        }
    }

    /** Whether the kit knows of several nodes. */
    public boolean hasNodes() {
        return nodeCount > 1 || nodes().size() > 1 || replicasBehind();
    }

    private String launchUrl() {
        var template = options.url != null
                ? options.url
                : file != null && file.url() != null ? file.url() : RunOptions.Server.DEFAULT_URL;
        try {
            Converters.url(template.replace("{port}", "1"));
            return template;
        } catch (IllegalArgumentException e) {
            throw new UsageException((options.url != null ? "--url: " : "--target: \"url\": ") + e.getMessage(), e);
        }
    }

    boolean isEmbedded() {
        return url == null && command == null && file == null;
    }

    public boolean isLaunched() {
        return isEmbedded() || command != null;
    }

    /**
     * The server's name: that in its target file, or else that of the file; or else its address.
     */
    public String name() {
        if (isEmbedded()) {
            return EMBEDDED_NAME;
        }
        return file == null
                ? Reports.url(uri())
                : file.name() != null
                        ? file.name()
                        : file.file().getFileName().toString().replaceFirst("\\.json$", "");
    }

    /** The baseline that the target file names; null for none. */
    public @Nullable Path baseline() {
        return file == null ? null : file.baseline();
    }

    /** The server's address before it is started: its port may be unknown. */
    public TargetReport about() {
        return new Reports(told(uri()).name(name()).build()).target(title(), isLaunched(), idleTimeoutNote(), notes());
    }

    private URI uri() {
        return url != null ? url : isLaunched() ? Converters.url(launchUrl.replace(":{port}", "")) : uri(of(file));
    }

    private static TargetFile of(@Nullable TargetFile file) {
        return Objects.requireNonNull(file, "What has no URL and starts nothing is a target file");
    }

    private static URI uri(TargetFile file) {
        var written = file.url();
        return written == null ? file.nodes().get(0) : Converters.url(written);
    }

    public @Nullable String title() {
        return isEmbedded() ? "The reference server" : file == null ? null : file.title();
    }

    public @Nullable String idleTimeoutNote() {
        return file == null ? null : file.idleTimeoutNote();
    }

    public @Nullable String notes() {
        return file == null ? null : file.notes();
    }

    /** A server, started if it must be, and what is known of it. Closing it ends what was started. */
    public record Opened(Target target, @Nullable ServerProcess process, AutoCloseable server)
            implements AutoCloseable {
        @Override
        public void close() throws Exception {
            server.close();
        }
    }

    /**
     * Starts the server, if it is to be started.
     *
     * @throws LaunchException if it does not serve
     */
    public Opened open() throws LaunchException, InterruptedException {
        if (isEmbedded()) {
            return embedded();
        }
        if (command == null) {
            var target = told(url != null ? url : uri(of(file)));
            nodes().forEach(target::node);
            return new Opened(target.build(), null, () -> {});
        }
        var launcher = new ProcessLauncher(
                command,
                launchUrl,
                directory(),
                file == null ? Map.of() : file.environment(),
                or(options.startWithin, file == null ? null : file.startWithin(), START_WITHIN),
                sslContext,
                file == null || idleTimeout() != null ? null : file.idleTimeoutNote(),
                file == null ? null : file.statelessNote());
        var started = new ArrayList<ServerProcess>();
        boolean all = false;
        try {
            for (int i = 0; i < nodeCount; i++) {
                started.add(launcher.open(settings(idleTimeout())));
            }
            all = true;
        } finally {
            if (!all) {
                started.forEach(ServerProcess::close);
            }
        }
        var process = started.get(0);
        var target = told(process.uri()).launcher(launcher);
        if (nodeCount > 1) {
            started.forEach(node -> target.node(node.uri()));
        }
        return new Opened(target.build(), process, () -> started.forEach(ServerProcess::close));
    }

    /** The reference server, with settings that make every rule testable. */
    private Opened embedded() {
        var timeout = or(options.idleTimeout, null, Duration.ofSeconds(1));
        var lag = or(options.reapLag, null, Duration.ofMillis(250));
        var slow = or(
                options.slowTool,
                null,
                new SlowTool(
                        "sleep", Json.object().put("milliseconds", quick ? QUICK_CALL : timeout.toMillis() + 600)));
        var launcher = new EmbeddedLauncher();
        ReferenceServer server;
        try {
            server = launcher.open(settings(timeout));
        } catch (IllegalArgumentException e) {
            throw new UsageException("The reference server refuses to start: " + e.getMessage(), e);
        }
        // It is ours, so load does no harm.
        var target = told(server.uri())
                .name(EMBEDDED_NAME)
                .idleTimeout(timeout)
                .reapLag(lag)
                .slowTool(promised(slow, options.slowToolTakes))
                .header("Authorization", launcher.authorization(0))
                .otherHeader("Authorization", launcher.authorization(1))
                .stress(true)
                .maxSessions(EMBEDDED_SESSIONS)
                .launcher(launcher)
                .build();
        return new Opened(target, null, server);
    }

    private @Nullable Path directory() {
        return file == null ? null : file.file().toAbsolutePath().getParent();
    }

    private static LaunchSettings settings(@Nullable Duration idleTimeout) {
        return idleTimeout == null
                ? LaunchSettings.withoutIdleTimeout()
                : LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(idleTimeout.toMillis()));
    }

    private @Nullable Duration idleTimeout() {
        return either(options.idleTimeout, file == null ? null : file.idleTimeout());
    }

    private Target.Builder told(URI uri) {
        var target = Target.at(uri)
                .sslContext(sslContext)
                .proxy(proxy)
                .idleTimeout(idleTimeout())
                .reapLag(either(options.reapLag, file == null ? null : file.reapLag()))
                .slowTool(promised(
                        either(options.slowTool, file == null ? null : file.slowTool()), options.slowToolTakes))
                .replicasBehind(replicasBehind())
                .store(store)
                .stress(manners.stress);
        if (file != null) {
            target.name(name());
        }
        headers().forEach(h -> target.header(h.name(), h.value()));
        otherHeaders().forEach(h -> target.otherHeader(h.name(), h.value()));
        if (manners.patience != null) {
            target.patience(manners.patience);
        }
        target.maxSilence(
                manners.maxSilence != null
                        ? manners.maxSilence
                        : or(manners.patience, null, Duration.ofSeconds(10))
                                .multipliedBy(5)
                                .dividedBy(2));
        var patience = or(manners.patience, null, Duration.ofSeconds(10));
        target.ruleBudget(or(manners.ruleBudget, null, patience.multipliedBy(12)));
        target.runBudget(either(manners.runBudget, quick ? Duration.ofSeconds(45) : null));
        if (manners.concurrency != null) {
            target.concurrency(manners.concurrency);
        }
        if (manners.maxRequestsPerSecond != null) {
            target.maxRequestsPerSecond(manners.maxRequestsPerSecond);
        }
        var maxSessions = either(manners.maxSessions, file == null ? null : file.maxSessions());
        if (maxSessions != null) {
            target.maxSessions(maxSessions);
        }
        return target;
    }

    private List<Header> headers() {
        if (!headers.isEmpty() || file == null) {
            return headers;
        }
        return file.users().isEmpty()
                ? file.headers()
                : join(file.headers(), file.users().get(0));
    }

    private List<Header> otherHeaders() {
        if (!otherHeaders.isEmpty() || file == null || file.users().size() < 2) {
            return otherHeaders;
        }
        return join(file.headers(), file.users().get(1));
    }

    private static List<Header> join(List<Header> headers, Header user) {
        return Stream.concat(headers.stream(), Stream.of(user)).toList();
    }

    private static <T> T or(@Nullable T first, @Nullable T second, T otherwise) {
        return first != null ? first : second != null ? second : otherwise;
    }

    private static <T> @Nullable T either(@Nullable T first, @Nullable T second) {
        return first != null ? first : second;
    }

    private static @Nullable SlowTool promised(@Nullable SlowTool tool, @Nullable Duration takes) {
        return tool == null || takes == null ? tool : new SlowTool(tool.name(), tool.arguments(), takes);
    }
}
