package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.runner.cli.console.Ending;
import dev.mcpsession.runner.cli.console.ExitStatus;
import dev.mcpsession.runner.cli.console.Io;
import dev.mcpsession.runner.cli.console.ServerLogs;
import dev.mcpsession.runner.cli.console.UsageException;
import dev.mcpsession.runner.cli.option.Converters;
import dev.mcpsession.runner.cli.option.OutputOptions;
import dev.mcpsession.runner.cli.option.RunOptions;
import dev.mcpsession.runner.cli.option.ShellWords;
import dev.mcpsession.runner.cli.target.Subject;
import dev.mcpsession.runner.launch.LaunchException;
import dev.mcpsession.runner.probe.Probe;
import dev.mcpsession.runner.probe.ProbeReport;
import dev.mcpsession.runner.probe.ProbeView;
import dev.mcpsession.runner.report.text.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes a target file. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Writes a target file, which tells a run all about a server: run --target FILE.",
            "",
            "With --probe, what the options leave out is found out from the server first."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  For a server that runs, with its idle timeout found out:",
            "    java -jar mcp-session-conformance.jar init --url http://127.0.0.1:8000/mcp --probe",
            "  For a server that the kit starts; the command runs in the folder of the file:",
            "    java -jar mcp-session-conformance.jar init --launch 'python server.py --port {port}'",
            "  With a credential from the environment, which is not written:",
            "    java -jar mcp-session-conformance.jar init --url https://mcp.example.org/mcp "
                    + "--header 'Authorization: Bearer $${TOKEN}'"
        })
final class InitCommand implements Callable<Integer> {
    private static final Pattern SECRET = Pattern.compile("(?i)authorization|cookie|.*(key|token|secret|password).*");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            defaultValue = "target.json",
            description = "The file to write. Default: ${DEFAULT-VALUE}.")
    Path file;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The MCP endpoint; of a server that is started, with {port} in it. Default for those: "
                    + RunOptions.Server.DEFAULT_URL)
    @Nullable
    String url;

    @Option(
            names = "--launch",
            paramLabel = "COMMAND",
            description = "The command that starts the server, in the folder of the file; see run --help.")
    @Nullable
    String launch;

    @Option(
            names = "--start-within",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "How long it may take until it answers.")
    Duration startWithin;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What to call the server in reports. Default: the name of the folder.")
    @Nullable
    String name;

    @Option(names = "--title", paramLabel = "TEXT", description = "What to call it for people, with its version.")
    String title;

    @Option(
            names = "--idle-timeout",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "How long a session may be idle; a server that is started is started with it.")
    @Nullable
    Duration idleTimeout;

    @Option(
            names = "--reap-lag",
            paramLabel = "TIME",
            converter = Converters.NotNegative.class,
            description = "How late the server may end it.")
    @Nullable
    Duration reapLag;

    @Option(
            names = "--slow-tool",
            paramLabel = "NAME[=JSON]",
            converter = Converters.Slow.class,
            description = "A tool that takes longer than the idle timeout, and its arguments.")
    @Nullable
    SlowTool slowTool;

    @Option(
            names = "--header",
            paramLabel = "'NAME: VALUE'",
            description =
                    "A header to send with every request; repeatable. Credentials must come from the environment: "
                            + "$${TOKEN} stays as it is in the file.")
    List<String> headers = new ArrayList<>();

    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            converter = Converters.Count.class,
            description = "How many sessions to hold open at once at most.")
    @Nullable
    Integer maxSessions;

    @Option(names = "--probe", description = "Find out the rest from the server; starts it, if there is --launch.")
    boolean probe;

    @Option(
            names = "--up-to",
            paramLabel = "TIME",
            converter = Converters.Positive.class,
            description = "With --probe: the longest idle timeout to look for. Default: 30s.")
    @Nullable
    Duration upTo;

    @Option(names = "--force", description = "Replace the file if there is one.")
    boolean force;

    @Mixin
    OutputOptions output = new OutputOptions();

    private final Io io;

    InitCommand(Io io) {
        this.io = io;
    }

    @Override
    public Integer call() throws Exception {
        if (url == null && launch == null) {
            throw new UsageException("Give --url of a server that runs, or --launch with the command that starts it.");
        }
        if (upTo != null && !probe) {
            throw new UsageException("--up-to goes with --probe.");
        }
        var folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null) {
            throw new UsageException(file + " is no file that can be written.");
        }
        if (!Files.isDirectory(folder)) {
            throw new UsageException("there is no directory " + folder);
        }
        if (Files.exists(file) && !force) {
            throw new UsageException(file + " is there already; --force replaces it.");
        }
        var root = described(folder);
        var draft = Files.createTempFile(folder, "." + file.getFileName(), ".draft");
        try {
            write(root, draft);
            int status = probe ? find(root, draft) : ExitStatus.CONFORMS;
            if (status == ExitStatus.CONFORMS) {
                write(root, draft);
                Files.move(draft, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                var screen = output.out(io);
                screen.line("Wrote " + file + ". Judge the server:");
                var words = new ArrayList<>(ShellWords.program());
                words.addAll(List.of("--target", ShellWords.quoted(file.toString())));
                screen.command("  " + String.join(" ", words));
            }
            return status;
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    // ---- what was told ----

    private ObjectNode described(Path folder) {
        var root = Json.object();
        root.put(
                "name",
                name != null
                        ? name
                        : folder.getFileName() == null
                                ? "server"
                                : folder.getFileName().toString());
        put(root, "title", title);
        put(root, "launch", launch);
        put(root, "url", url != null ? url : RunOptions.Server.DEFAULT_URL);
        put(root, "startWithin", startWithin);
        put(root, "idleTimeout", idleTimeout);
        put(root, "reapLag", reapLag);
        if (slowTool != null) {
            put(root, slowTool);
        }
        if (!headers.isEmpty()) {
            var fields = root.putObject("headers");
            headers.forEach(header -> header(fields, header));
        }
        if (maxSessions != null) {
            root.put("maxSessions", maxSessions);
        }
        return root;
    }

    private static void put(ObjectNode root, String field, @Nullable String value) {
        if (value != null) {
            root.put(field, value);
        }
    }

    private static void put(ObjectNode root, String field, @Nullable Duration value) {
        if (value != null) {
            root.put(field, Converters.text(value));
        }
    }

    private static void put(ObjectNode root, SlowTool tool) {
        root.putObject("slowTool").put("name", tool.name()).set("arguments", tool.arguments());
    }

    private static void header(ObjectNode fields, String text) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new UsageException("--header: it must have the form 'Name: value'");
        }
        var header = text.substring(0, colon).strip();
        if (SECRET.matcher(header).matches() && !VARIABLE.matcher(text).find()) {
            throw new UsageException(
                    "--header: " + header + " would stand in the file for everyone to read; let it come from the"
                            + " environment, as in '" + header + ": ${TOKEN}'");
        }
        fields.put(header, text.substring(colon + 1).strip());
    }

    /** Writes the file, and reads it back as a run would. */
    private void write(ObjectNode root, Path draft) throws IOException {
        var text = JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        Files.writeString(draft, text);
        // Whether its variables are set matters when it is run.
        var environment = new HashMap<>(io.environment());
        VARIABLE.matcher(text).results().forEach(m -> environment.putIfAbsent(m.group(1), "value"));
        try {
            subject(draft, environment);
        } catch (UsageException e) {
            throw new UsageException(
                    String.valueOf(e.getMessage())
                            .replace("--target: " + draft + ": ", "")
                            .replace("--target: ", ""),
                    e);
        }
    }

    private static Subject subject(Path draft, Map<String, String> environment) {
        var options = new RunOptions();
        options.server.targets = List.of(draft);
        return new Subject(options, environment);
    }

    // ---- what the server tells ----

    private int find(ObjectNode root, Path draft) throws Exception {
        ServerLogs.silence();
        var screen = output.out(io);
        var errors = output.err(io);
        var subject = subject(draft, io.environment());
        try (var ending = new Ending(null, io.ownProcess(), (io.terminal() ? screen : errors)::line)) {
            try (var opened = ending.interruptibly(subject::open);
                    var found = new Probe(opened.target());
                    var view = new ProbeView(screen)) {
                var report = ProbeCommand.find(
                        opened.target(), found, view, ending, upTo == null ? ProbeCommand.UP_TO : upTo);
                if (ending.why().isPresent()) {
                    return ending.status(ExitStatus.NOT_JUDGED);
                }
                add(root, report);
                screen.line();
                return ExitStatus.CONFORMS;
            } catch (InterruptedException e) {
                return cannot(errors, "it was interrupted.", ending.status(ExitStatus.NOT_JUDGED));
            } catch (RuleAbortedException e) {
                return cannot(errors, e.getMessage() + ".", ending.status(ExitStatus.NOT_JUDGED));
            } catch (dev.mcpsession.conformance.run.UnjudgeableException e) {
                return cannot(errors, e.getMessage(), ending.status(ExitStatus.NOT_JUDGED));
            } catch (LaunchException e) {
                int status = cannot(errors, "the launched server " + e.getMessage() + ".", ExitStatus.NOT_JUDGED);
                Screen.foreign(e.output()).lines().forEach(l -> errors.line("  | " + l));
                return e.started() ? status : ExitStatus.MISUSE;
            }
        }
    }

    private static int cannot(Screen errors, String why, int status) {
        errors.line(Screen.bold("Nothing was written: ") + why);
        return status;
    }

    /** Adds what was found to what was told, which wins. */
    private void add(ObjectNode root, ProbeReport report) {
        var server = report.spoken().stream()
                .map(spoken -> spoken.server())
                .filter(called -> !called.isBlank())
                .findFirst();
        if (name == null) {
            server.map(InitCommand::shortName).filter(n -> !n.isEmpty()).ifPresent(n -> root.put("name", n));
        }
        var idle = report.idle();
        var found = idle == null ? null : idle.idleTimeoutMs();
        if (idle != null && found != null && (launch == null || idleTimeout != null)) {
            if (idleTimeout == null) {
                put(root, "idleTimeout", Duration.ofMillis(found));
            }
            if (reapLag == null) {
                put(
                        root,
                        "reapLag",
                        Duration.ofMillis(
                                idleTimeout == null
                                        ? Objects.requireNonNullElse(idle.reapLagMs(), 0L)
                                        : ProbeCommand.lagAfter(idleTimeout, idle)));
            }
        }
        if (slowTool == null && report.tools().slow() != null) {
            put(
                    root,
                    new SlowTool(
                            report.tools().slow().name(), report.tools().slow().arguments()));
        }
    }

    /** The server's own name, as a name for files: without its version, which changes. */
    private static String shortName(String server) {
        return server.replaceFirst(" v?\\d\\S*$", "")
                .toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-+|-+$", "");
    }
}
