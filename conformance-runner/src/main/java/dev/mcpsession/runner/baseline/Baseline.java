package dev.mcpsession.runner.baseline;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.runner.report.model.Gist;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Verdicts that are known and accepted, each with a reason: a run with exactly these conforms to the baseline.
 *
 * @param target what the recorded server was called
 * @param all whether every verdict but PASS is listed, rather than the violations alone
 * @param revisions those that the server spoke when this was recorded
 * @param passed how many verdicts were PASS then
 */
public record Baseline(String target, boolean all, List<String> revisions, int passed, List<Entry> entries) {
    static final String FORMAT = "mcp-session-baseline/1";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** A rule whose verdict is known in some revisions. */
    public record Entry(String rule, List<String> revisions, String verdict, String reason) {}

    Optional<Entry> find(String rule, String revision) {
        return entries.stream()
                .filter(e -> e.rule().equals(rule) && e.revisions().contains(revision))
                .findFirst();
    }

    // ---- recording ----

    /** The baseline that a run conforms to; entries that stay keep the reason that {@code earlier} gives. */
    public static Baseline of(RunReport run, boolean all, Optional<Baseline> earlier) {
        var today = LocalDate.now(ZoneOffset.UTC);
        var entries = new LinkedHashMap<List<String>, Entry>();
        for (var result : run.results()) {
            var verdict = Verdict.valueOf(result.verdict());
            if (verdict.isViolation() && result.known() == null || all && verdict != Verdict.PASS) {
                var reason = earlier.flatMap(b -> b.find(result.rule(), result.revision()))
                        .filter(e -> e.verdict().equals(result.verdict()))
                        .map(Entry::reason)
                        .orElseGet(() -> reason(result, verdict, today));
                entries.merge(
                        List.of(result.rule(), result.verdict(), Gist.of(reason)),
                        new Entry(result.rule(), List.of(result.revision()), result.verdict(), reason),
                        Baseline::joined);
            }
        }
        return new Baseline(
                run.target().name(),
                all,
                run.spoken().stream().map(s -> s.revision()).toList(),
                run.counts().getOrDefault(Verdict.PASS.name(), 0),
                List.copyOf(entries.values()));
    }

    private static String reason(ResultReport result, Verdict verdict, LocalDate today) {
        var summary = result.summary().isBlank() ? verdict.name() : result.summary();
        return verdict.isViolation() ? "seen on " + today + ": " + summary : summary;
    }

    private static Entry joined(Entry one, Entry other) {
        var revisions = new ArrayList<>(one.revisions());
        revisions.addAll(other.revisions());
        return new Entry(one.rule(), List.copyOf(revisions), one.verdict(), one.reason());
    }

    /** The text of the file. */
    public String toJson() {
        var root = MAPPER.createObjectNode()
                .put("format", FORMAT)
                .put("target", target)
                .put("covers", all ? "all" : "violations");
        var spoken = root.putArray("revisions");
        revisions.forEach(spoken::add);
        root.put("passed", passed);
        var list = root.putArray("entries");
        for (var entry : entries) {
            var node = list.addObject().put("rule", entry.rule());
            var in = node.putArray("revisions");
            entry.revisions().forEach(in::add);
            node.put("verdict", entry.verdict()).put("reason", entry.reason());
        }
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    // ---- reading ----

    /**
     * Reads a baseline.
     *
     * @throws IOException saying what is wrong with the file
     */
    public static Baseline read(Path file) throws IOException {
        try {
            return of(MAPPER.readTree(Files.readString(file)));
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        } catch (JacksonException e) {
            throw new IOException(file + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static Baseline of(JsonNode root) {
        if (!(root instanceof ObjectNode object)
                || !root.path("format").asString("").equals(FORMAT)) {
            throw new IllegalArgumentException("this is no baseline: its \"format\" should be \"" + FORMAT + "\"");
        }
        onlyHas(object, Set.of("format", "target", "covers", "revisions", "passed", "entries"), "the baseline");
        var covers = root.path("covers").asString("");
        if (!covers.equals("all") && !covers.equals("violations")) {
            throw new IllegalArgumentException("\"covers\" should be \"violations\" or \"all\"");
        }
        var entries = new ArrayList<Entry>();
        for (var node : root.path("entries")) {
            entries.add(entry(node, entries.size() + 1));
        }
        var listed = new java.util.HashSet<List<String>>();
        for (var entry : entries) {
            for (var revision : entry.revisions()) {
                if (!listed.add(List.of(entry.rule(), revision))) {
                    throw new IllegalArgumentException(entry.rule() + " is listed twice for " + revision);
                }
            }
        }
        return new Baseline(
                root.path("target").asString(""),
                covers.equals("all"),
                texts(root.path("revisions")),
                root.path("passed").asInt(0),
                List.copyOf(entries));
    }

    private static Entry entry(JsonNode node, int number) {
        var which = "entry " + number;
        if (!(node instanceof ObjectNode object)) {
            throw new IllegalArgumentException(which + " is no object");
        }
        onlyHas(object, Set.of("rule", "revisions", "verdict", "reason"), which);
        var rule = node.path("rule").asString("");
        if (rule.isBlank()) {
            throw new IllegalArgumentException(which + " names no \"rule\"");
        }
        which += " (" + rule + ")";
        var revisions = texts(node.path("revisions"));
        if (revisions.isEmpty()) {
            throw new IllegalArgumentException(which + " names no \"revisions\"");
        }
        revisions.forEach(Revision::of);
        var verdict = node.path("verdict").asString("");
        try {
            Verdict.valueOf(verdict);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    which + ": \"verdict\" should be FAIL, WARN or another verdict, not '" + verdict + "'", e);
        }
        var reason = node.path("reason").asString("");
        if (reason.isBlank()) {
            throw new IllegalArgumentException(which + " gives no \"reason\": say why it is accepted");
        }
        return new Entry(rule, revisions, verdict, reason);
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(n -> texts.add(n.asString("")));
        return List.copyOf(texts);
    }

    private static void onlyHas(ObjectNode node, Set<String> known, String what) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!known.contains(field.getKey())) {
                throw new IllegalArgumentException(what + " has an unknown field \"" + field.getKey() + "\"");
            }
        }
    }
}
