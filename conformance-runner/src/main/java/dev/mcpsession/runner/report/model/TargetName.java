package dev.mcpsession.runner.report.model;

import dev.mcpsession.runner.report.model.Report.RunReport;
import java.net.URI;

/** What reports call a server. */
public final class TargetName {
    private TargetName() {}

    /**
     * The server's name from run to run, so that CI servers know its tests again: the name that a target file
     * gives it, or else what it calls itself, or else its host. A port may be another one next time, and a version too.
     */
    public static String lasting(RunReport run) {
        var told = run.target().name();
        var url = URI.create(
                run.target().url().isEmpty() ? "http://none" : run.target().url());
        boolean isUrl = told.startsWith("http://") || told.startsWith("https://");
        if (!isUrl && (url.getPort() < 0 || !told.contains(":" + url.getPort()))) {
            return told;
        }
        var own = run.spoken().stream()
                .map(s -> s.server().replaceFirst(" v?\\d\\S*$", "").replaceAll("[^A-Za-z0-9_-]+", "-"))
                .filter(s -> !s.isBlank())
                .findFirst();
        return own.orElse(url.getHost());
    }
}
