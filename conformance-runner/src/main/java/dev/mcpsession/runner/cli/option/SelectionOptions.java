package dev.mcpsession.runner.cli.option;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which rules are meant. */
public class SelectionOptions {
    @Option(
            names = "--rule",
            paramLabel = "ID",
            split = ",",
            order = 30,
            completionCandidates = RuleIds.class,
            description =
                    "Only the rules with these ids; * and ? stand for any text and any sign. A name without its area "
                            + "will do where no other rule has it.")
    public List<String> rules = new ArrayList<>();

    @Option(
            names = "--skip",
            paramLabel = "ID",
            split = ",",
            order = 31,
            completionCandidates = RuleIds.class,
            description = "All rules but these.")
    public List<String> skipped = new ArrayList<>();

    @Option(
            names = "--area",
            paramLabel = "AREA",
            split = ",",
            order = 32,
            completionCandidates = RuleIds.Areas.class,
            description = "Only the rules of these areas.")
    public List<String> areas = new ArrayList<>();

    @Option(
            names = "--level",
            paramLabel = "LEVEL",
            split = ",",
            order = 33,
            completionCandidates = RuleIds.Levels.class,
            description = "Only the rules of these levels: MUST, SHOULD, CONTRACT, ADVICE, INFO.")
    public List<String> levels = new ArrayList<>();

    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            split = ",",
            order = 34,
            completionCandidates = RuleIds.Revisions.class,
            description = "Only these revisions of the protocol, such as 2025-11-25.")
    public List<String> revisions = new ArrayList<>();

    private boolean onlyQuick;

    /** Only rules that take no time. */
    public void onlyQuick() {
        onlyQuick = true;
    }

    /** Whether only rules are meant that take no time. */
    public boolean isQuick() {
        return onlyQuick;
    }

    /** Whether no rules are meant that send what no client should send. */
    public boolean isWithoutDisruptive() {
        return false;
    }
}
