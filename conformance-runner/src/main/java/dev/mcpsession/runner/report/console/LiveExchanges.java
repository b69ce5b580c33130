package dev.mcpsession.runner.report.console;

import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RuleResult;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.Survey;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Reports;
import dev.mcpsession.runner.report.text.Screen;
import dev.mcpsession.runner.report.text.Symbols;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shows every exchange as it happens: a request when it is sent, and what came as soon as it has ended, each with the
 * time since its rule began. Passes everything on to another listener.
 */
public final class LiveExchanges implements RunListener, AutoCloseable {
    private static final long LOOK_EVERY_MS = 50;

    private final Screen screen;
    private final Reports reports;
    private final RunListener next;
    private final long began = System.nanoTime();
    private final List<Open> open = new ArrayList<>();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "exchanges");
        thread.setDaemon(true);
        return thread;
    });
    private int number;

    private record Open(int number, Transcript.Entry entry) {}

    public LiveExchanges(Screen screen, Reports reports, RunListener next) {
        this.screen = screen;
        this.reports = reports;
        this.next = next;
        ticker.scheduleWithFixedDelay(this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void surveyed(Survey survey, int expected) {
        next.surveyed(survey, expected);
    }

    @Override
    public void started(RuleInfo rule, Revision revision) {
        next.started(rule, revision);
    }

    @Override
    public void waiting(RuleInfo rule, Revision revision, String why, Duration span) {
        look();
        screen.line(
                at(System.nanoTime()) + "     " + Screen.dim("… " + Symbols.span(Reports.millis(span)) + ": " + why));
        next.waiting(rule, revision, why, span);
    }

    @Override
    public void exchanging(RuleInfo rule, Revision revision, Transcript.Entry entry) {
        look();
        synchronized (this) {
            var sent = reports.exchange(entry, began);
            number++;
            open.add(new Open(number, entry));
            line(
                    number,
                    entry.exchange().sentAt(),
                    "→",
                    revision + "  " + sent.method()
                            + (sent.call() == null ? "" : " " + sent.call())
                            + (sent.session() == null ? "" : "  session " + sent.session()));
            sent.requestHeaders().forEach(header -> detail(header.name() + ": " + header.value()));
            body(sent.requestBody());
        }
        next.exchanging(rule, revision, entry);
    }

    @Override
    public void confirming(RuleInfo rule, Revision revision) {
        look();
        screen.line(Screen.dim("  " + rule.id() + " seems broken, and is run again alone"));
        next.confirming(rule, revision);
    }

    @Override
    public void finished(RuleResult result) {
        look();
        next.finished(result);
    }

    /** Shows the answers that have come whole since the last look. */
    private synchronized void look() {
        open.removeIf(each -> {
            var exchange = each.entry().exchange();
            if (!exchange.ended() && exchange.failure().isEmpty()) {
                return false;
            }
            show(each);
            return true;
        });
    }

    private void show(Open each) {
        var exchange = each.entry().exchange();
        ExchangeReport came = reports.exchange(each.entry(), began);
        line(each.number(), exchange.ended() ? exchange.endAt() : System.nanoTime(), "←", came.outcome());
        if (came.headers() != null) {
            came.headers().forEach(header -> detail(header.name() + ": " + header.value()));
            body(came.body());
        }
    }

    private void line(int number, long moment, String arrow, String text) {
        screen.line(at(moment) + "  " + Symbols.padLeft("#" + number, 4) + " " + arrow + " " + text);
    }

    private String at(long moment) {
        return Screen.dim(Symbols.padLeft(Symbols.span(Math.max(0, Reports.millis(moment - began))), 10));
    }

    private void body(Report.@Nullable BodyReport body) {
        if (body != null) {
            body.text().lines().filter(line -> !line.isBlank()).forEach(this::detail);
            if (body.cutFrom() != null) {
                detail("… " + body.cutFrom() + " characters in all");
            }
        }
    }

    private void detail(String text) {
        screen.line(Screen.dim("                    " + text));
    }

    /** Shows what is left; exchanges without an answer are said to have none. */
    @Override
    public synchronized void close() {
        ticker.shutdownNow();
        look();
        open.forEach(each -> line(each.number(), System.nanoTime(), "←", "still open"));
        open.clear();
    }
}
