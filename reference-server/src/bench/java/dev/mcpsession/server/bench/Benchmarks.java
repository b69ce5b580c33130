package dev.mcpsession.server.bench;

import dev.mcpsession.server.bench.http.HttpRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures what BENCHMARKS.md is about, and prints the table. Targets that are missed do not make it fail. */
@Command(
        name = "benchmarks",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        sortOptions = false,
        showDefaultValues = true,
        description = "Measures the session manager and the server, beside others.")
public final class Benchmarks implements Callable<Integer> {

    private static final Path RESULT = Path.of("target", "benchmarks.md");

    private interface Measurement {

        List<Figure> measure(int rounds) throws Exception;
    }

    private enum Row {
        TOUCH(SessionRows::touch),
        MEMORY(SessionRows::memory),
        MASS_EXPIRY(SessionRows::massExpiry),
        STEADY_EXPIRY(rounds -> SessionRows.steadyExpiry(rounds, 2)),
        STEADY_EXPIRY_LATER(rounds -> SessionRows.steadyExpiry(rounds, 30)),
        PING(HttpRows::ping),
        LIVES(HttpRows::lives),
        HEAP(HttpRows::heap),
        STORE_PING(HttpRows::storePing),
        STORE_TOUCH(StoreRows::touch),
        STORE_EXPIRY(StoreRows::expiry),
        STORE_MEMORY(HttpRows::storeMemory),
        EARLIER(HttpRows::earlier);

        private final Measurement measurement;

        Row(Measurement measurement) {
            this.measurement = measurement;
        }
    }

    @Parameters(paramLabel = "ROW", description = "What to measure: ${COMPLETION-CANDIDATES}. All by default.")
    private List<Row> rows = new ArrayList<>();

    @Option(names = "--rounds", paramLabel = "N", description = "How often each is measured.", defaultValue = "5")
    private int rounds;

    private Benchmarks() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Benchmarks())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        var lines =
                new ArrayList<>(List.of("| what | target | measured: median (range) | |", "| --- | --- | --- | --- |"));
        for (var row : rows.isEmpty() ? Arrays.asList(Row.values()) : rows) {
            System.out.println("Measuring " + row + "…");
            for (var figure : row.measurement.measure(rounds)) {
                lines.add(figure.row());
            }
            write(lines);
        }
        System.out.println();
        lines.forEach(System.out::println);
        return CommandLine.ExitCode.OK;
    }

    /** After each row, so that those before are not lost if one fails. */
    private static void write(List<String> lines) throws IOException {
        Files.createDirectories(RESULT.getParent());
        Files.write(RESULT, lines);
    }
}
