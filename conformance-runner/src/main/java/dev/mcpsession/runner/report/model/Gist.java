package dev.mcpsession.runner.report.model;

/** A sentence without the ids, times and addresses in it, which differ from run to run. */
public final class Gist {
    private Gist() {}

    /** The same for sentences that differ only in such things. */
    public static String of(String sentence) {
        return sentence.replaceAll("(?=[A-Za-z_-]*\\d)[0-9A-Za-z_-]{16,}", "…")
                .replaceAll("\\d+(\\.\\d+)?( ?ms| s|µs)\\b", "…")
                .replaceAll("(127\\.0\\.0\\.1|localhost):\\d+", "…");
    }
}
