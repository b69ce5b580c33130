package dev.mcpsession.conformance.clients.trace;

import dev.mcpsession.conformance.protocol.Text;
import java.util.Optional;

/**
 * How the client's program ended.
 *
 * @param status its exit status; for a client in this virtual machine 0, or 1 where it threw something
 * @param timedOut whether it had to be ended, since its time was over
 * @param output the last part of what it printed, on both streams
 * @param endedAt in nanoseconds since the trace began
 * @param failure what a client in this virtual machine threw
 */
public record Outcome(int status, boolean timedOut, String output, long endedAt, Optional<String> failure) {
    private static final int LONGEST_LINE = 300;

    /** Whether it ended by itself and reported success. */
    public boolean succeeded() {
        return status == 0 && !timedOut;
    }

    /** The line of its output that says most of what went wrong: the last that names an error, or else the last. */
    public Optional<String> lastWords() {
        var lines = output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
        return lines.stream()
                .filter(l -> l.contains("rror") || l.contains("xception"))
                .reduce((a, b) -> b)
                .or(() -> lines.stream().reduce((a, b) -> b))
                .map(l -> Text.cut(l, LONGEST_LINE));
    }

    /** In words that follow "the client". */
    public String describe() {
        return timedOut
                ? "was still at work when its time was over (see --client-timeout)"
                : failure.map(f -> "failed: " + f).orElse("ended with status " + status);
    }
}
