package dev.mcpsession.runner.probe;

import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Wrap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Shows what a probe finds out, and how long it will take another while. */
public final class ProbeView implements Progress, AutoCloseable {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final int NAMES = 14;
    /** Milliseconds that people do not like to wait for several times. */
    private static final long LONG = 10_000;

    private final Screen screen;
    private final ScheduledExecutorService ticker;
    private String what = "";
    private long until;
    private long lastLine = System.nanoTime();

    public ProbeView(Screen screen) {
        this.screen = screen;
        ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            var thread = new Thread(task, "console");
            thread.setDaemon(true);
            return thread;
        });
        ticker.scheduleAtFixedRate(this::tick, 200, 200, TimeUnit.MILLISECONDS);
    }

    // ---- progress ----

    @Override
    public synchronized void waiting(String what, long until) {
        this.what = what;
        this.until = until;
        tick();
    }

    private synchronized void tick() {
        if (what.isEmpty()) {
            return;
        }
        long left = Math.max(0, until - System.nanoTime());
        var text = what + ", another " + Math.round(Math.ceil(left / 1e9)) + " s at most";
        if (screen.isLive()) {
            screen.status(text);
        } else if (System.nanoTime() - lastLine > HEARTBEAT.toNanos()) {
            line("  … " + text);
        }
    }

    @Override
    public synchronized void close() {
        what = "";
        ticker.shutdownNow();
        screen.status("");
    }

    // ---- findings ----

    private void line(String text) {
        lastLine = System.nanoTime();
        screen.line(text);
    }

    private void field(String name, String value) {
        var begin = Screen.dim(name + " ".repeat(Math.max(1, NAMES - name.length())));
        if (!screen.wraps() || NAMES + Screen.width(value) <= screen.width()) {
            line(begin + value);
            return;
        }
        var lines = Wrap.lines(value, Math.max(NAMES, screen.width() - NAMES));
        for (int i = 0; i < lines.size(); i++) {
            line((i == 0 ? begin : " ".repeat(NAMES)) + lines.get(i));
        }
    }

    /** Everything but the idle timeout. */
    public void show(ProbeReport report) {
        var server = report.spoken().stream()
                .map(Report.SpokenReport::server)
                .filter(s -> !s.isBlank())
                .findFirst();
        line(Screen.bold(server.orElse("A server without a name")) + "  " + report.url());
        field(
                "revisions",
                String.join(
                        ", ",
                        report.spoken().stream()
                                .map(Report.SpokenReport::revision)
                                .toList()));
        report.unspoken().forEach(u -> field("", Screen.dim("not " + u.revision() + ": " + cut(u.reason()))));
        credentials(report.credentials());
        var known = report.answers();
        var answers = known == null ? new ProbeReport.Answers(null, null) : known;
        field(
                "answers",
                answers.initialize() == null || answers.initialize().equals(answers.list())
                        ? in(answers.list())
                        : "initialize " + in(answers.initialize()) + ", others " + in(answers.list()));
        var sessions = report.sessions();
        if (sessions == null) {
            field(
                    "sessions",
                    report.spoken().stream().anyMatch(Report.SpokenReport::sessions)
                            ? "in some revisions only"
                            : "none: initialize is answered without an id");
        } else {
            sessions(sessions);
        }
        if (!report.tools().names().isEmpty()) {
            var names = report.tools().names();
            field(
                    "tools",
                    String.join(", ", names.subList(0, Math.min(8, names.size())))
                            + (names.size() > 8 ? " and " + (names.size() - 8) + " more" : ""));
        }
        if (report.tools().slow() != null) {
            field("slow tool", report.tools().slow().name() + ", by its name; it was not called");
        }
    }

    private void credentials(ProbeReport.@Nullable Credentials credentials) {
        if (credentials == null) {
            return;
        }
        var challenge = credentials.challenge() == null ? "" : ", WWW-Authenticate: " + cut(credentials.challenge());
        field(
                "credentials",
                credentials.needed()
                        ? "needed: without them, " + credentials.status() + challenge
                        : credentials.given()
                                ? "given, but not needed: without them, " + status(credentials.status())
                                : "not needed");
    }

    private void sessions(ProbeReport.Sessions sessions) {
        field(
                "sessions",
                "ids of " + sessions.idLength() + " characters (" + sessions.idForm() + "), "
                        + (sessions.idRepeated() ? "repeated on later replies" : "only on the reply to initialize"));
        field(
                "",
                "without an id " + status(sessions.withoutId()) + ", with an unknown one "
                        + status(sessions.unknownId()));
        field(
                "DELETE",
                status(sessions.delete())
                        + (sessions.delete() / 100 == 2
                                ? "; after it a request gets " + status(sessions.afterDelete())
                                        + ", and a second DELETE " + status(sessions.secondDelete())
                                : ": sessions cannot be ended"));
        field(
                "GET",
                !sessions.getStream()
                        ? status(sessions.get())
                        : sessions.getHeadMs() == null
                                ? "a stream, whose head may come with the first event"
                                : "a stream, whose head came after " + Moment.words(nanos(sessions.getHeadMs())));
    }

    /** When idle sessions are ended. */
    public void showIdle(ProbeReport.Idle idle) {
        screen.status("");
        var looks = idle.looks() == 1 ? "1 session" : idle.looks() + " sessions";
        var lines = new ArrayList<String>();
        var longestLife = Objects.requireNonNullElse(idle.longestLifeMs(), 0.0);
        if (idle.endedBusyAfterMs() != null) {
            lines.add("cannot be told: a session that was in use all along was gone too, "
                    + words(idle.endedBusyAfterMs()) + " after it was opened");
        } else if (idle.looks() == 0) {
            lines.add("nothing was found out");
        } else if (idle.goneFromMs() == null) {
            lines.add("no session expired within " + words(longestLife) + ": the timeout is longer, or there is none");
            lines.add(Screen.dim("--up-to looks further, such as --up-to " + further(idle.upToMs())));
        } else {
            expired(idle, idle.goneFromMs(), longestLife, looks, lines);
        }
        if (idle.ended() != null) {
            lines.add(Screen.yellow("incomplete: " + idle.ended()));
        }
        if (idle.trouble() != null) {
            lines.add(Screen.dim("some told nothing: " + cut(idle.trouble())));
        }
        if (idle.idleTimeoutMs() != null && idle.idleTimeoutMs() > LONG) {
            lines.add(Screen.dim(
                    "a run waits for several times as long; one with --launch may start the server with a short one"));
        }
        for (int i = 0; i < lines.size(); i++) {
            field(i == 0 ? "idle timeout" : "", lines.get(i));
        }
    }

    /** Why it was not found out when idle sessions are ended. */
    public void showNoSearch(String why) {
        field("idle timeout", "not looked for: " + why);
    }

    private static void expired(
            ProbeReport.Idle idle, double goneFrom, double longestLife, String looks, List<String> lines) {
        var until = idle.goneUntilMs() == null ? null : words(idle.goneUntilMs());
        if (!Boolean.TRUE.equals(idle.varies())) {
            lines.add(Screen.bold("between " + words(goneFrom) + " and " + until)
                    + (idle.usualMs() == null ? "" : ", so perhaps " + words(idle.usualMs())));
            lines.add(Screen.dim("of " + looks + ", one was still there after " + words(goneFrom)
                    + ", and one was gone after " + until));
            return;
        }
        lines.add(Screen.bold("varies: sessions end at some time between " + words(goneFrom) + " and "
                + (until == null ? "more than " + words(longestLife) : until)));
        lines.add(Screen.dim("of " + looks + ", one was still there after " + words(longestLife)
                + ", and another was gone sooner: the server seems to look for idle sessions at intervals only"));
        if (idle.idleTimeoutMs() != null) {
            lines.add(Screen.dim("the command below takes it that an interval is no longer than the timeout; if you"
                    + " know both, give the timeout as --idle-timeout and the interval as --reap-lag"));
        }
    }

    private static String further(double millis) {
        long seconds = Math.round(millis * 4 / 1000);
        return seconds < 120 ? Math.max(1, seconds) + "s" : (seconds + 59) / 60 + "m";
    }

    /** The command that judges the server. */
    public void showRun(List<String> command) {
        line("");
        line("Judge it:");
        screen.command("  " + String.join(" ", command));
    }

    private static String in(@Nullable String form) {
        return form == null
                ? "nothing"
                : form.equals("json") ? "in JSON" : form.equals("event stream") ? "in event streams" : "as " + form;
    }

    private static String status(int status) {
        return status == 0 ? "no reply" : String.format(Locale.ROOT, "%d", status);
    }

    private static String words(double millis) {
        return Moment.words(nanos(millis));
    }

    private static long nanos(double millis) {
        return Math.round(millis * 1e6);
    }

    private static String cut(String text) {
        var line = text.replaceAll("\\s+", " ");
        return Wrap.cut(line, 90);
    }
}
