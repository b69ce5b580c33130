package dev.mcpsession.runner.report.model;

import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.text.Symbols;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether what was told of the idle timeout can be true. Where no session lived as long as was told, or sessions
 * outlived the timeout and the lag, the likelier cause of what the idle rules say is a wrong option.
 */
public final class TimeoutCheck {
    private static final String LATE = "idle/reaped-post-404";

    private static final int GONE_STATUS = 404;

    /** Statuses by which wrong servers refuse what comes in a session that is gone; but not only that. */
    private static final Set<Integer> REFUSED = Set.of(400, 410, 422);

    private static final Pattern ALIVE_EXPECTED = Pattern.compile("session \\S+ to live\\b.*", Pattern.DOTALL);
    private static final Pattern GONE_EXPECTED =
            Pattern.compile("status 404 after the session was idle\\b.*", Pattern.DOTALL);

    private final double told;
    private final double latest;

    /** For how long sessions were idle at least when they were found alive, in milliseconds. */
    private final List<Double> alive = new ArrayList<>();

    /** For how long sessions were idle at most when they were found gone. */
    private final List<Double> gone = new ArrayList<>();

    private TimeoutCheck(RunReport run, long told, long lag) {
        this.told = told;
        latest = told + lag;
        run.shown().stream().filter(r -> r.area().equals("idle")).forEach(this::read);
    }

    /** The note for options that cannot be right; empty where they may be. */
    public static Optional<String> of(RunReport run) {
        var told = run.target().idleTimeoutMs();
        var lag = run.target().reapLagMs();
        if (told == null || lag == null) {
            return Optional.empty();
        }
        // Where unknown ids are not answered 404, the rules about time cannot judge, and show what came all the same.
        var unkept = run.shown().stream()
                .filter(r -> r.area().equals("idle") && r.known() == null)
                .filter(r -> r.verdict().equals("FAIL") || r.verdict().equals("INCONCLUSIVE"))
                .map(ResultReport::rule)
                .toList();
        return unkept.isEmpty()
                ? Optional.empty()
                : new TimeoutCheck(run, told, lag).verdict(unkept.contains(LATE) || isLate(run), run.target());
    }

    /** Whether a rule was broken by a session that lived on when it had been idle for the timeout and the lag. */
    private static boolean isLate(RunReport run) {
        return run.shown().stream()
                .filter(r -> r.area().equals("idle")
                        && r.known() == null
                        && r.verdict().equals("FAIL"))
                .anyMatch(TimeoutCheck::outlived);
    }

    private static boolean outlived(ResultReport result) {
        return result.expectation() != null
                && GONE_EXPECTED.matcher(result.expectation()).matches()
                && !String.valueOf(result.observation()).matches("(?s)(it was answered|got) 4.*");
    }

    /**
     * Whether a wrong option may be all that is behind a violation: a session ended too early or too late, where that
     * was due which the option says.
     */
    static boolean mayExplain(ResultReport result) {
        var expected = result.expectation();
        return expected != null
                && (ALIVE_EXPECTED.matcher(expected).matches()
                        || outlived(result)
                        || result.area().equals("idle") && expected.startsWith("a call"));
    }

    private Optional<String> verdict(boolean late, Report.TargetReport target) {
        double longest = alive.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        double shortest = gone.stream().mapToDouble(Double::doubleValue).min().orElse(Double.MAX_VALUE);
        var advice = " Find it out with: probe " + target.url() + (target.launched() ? " (or --launch)" : "");
        // Any idle rule may show it first. A server with another timeout keeps younger sessions and ends older ones;
        // where a session was gone sooner than another one lived, something else than idleness ended it.
        if (longest < told && shortest < told && longest <= shortest + (latest - told)) {
            return Optional.of("The idle timeout that was told, " + Symbols.round(Math.round(told))
                    + ", seems not to be that of the server: sessions seem to end after "
                    + Symbols.span(longest) + " to " + Symbols.span(shortest) + " of idleness." + advice);
        }
        if (late && longest > latest) {
            boolean ends = shortest < Double.MAX_VALUE;
            return Optional.of("The idle timeout and lag that were told, " + Symbols.round(Math.round(told)) + " and "
                    + Symbols.round(Math.round(latest - told))
                    + ", seem not to be those of the server: a session was still there after "
                    + Symbols.span(longest) + " of idleness"
                    + (ends ? ", though sessions do end." : ", and none was found gone.") + advice);
        }
        return Optional.empty();
    }

    private static boolean isOpenBetween(ExchangeReport exchange, double from, double until) {
        // Where the client went away, the call may go on.
        boolean left = "client".equals(exchange.endedBy()) && "tools/call".equals(exchange.call());
        return exchange.sentAtMs() < until && (exchange.endAtMs() == null || exchange.endAtMs() > from || left);
    }

    /** Takes from a transcript each span in which nothing of a session was in progress. */
    private void read(ResultReport result) {
        var sessions = new LinkedHashMap<String, List<ExchangeReport>>();
        result.exchanges().stream()
                .filter(e -> e.session() != null && !"clean-up".equals(e.purpose()))
                .forEach(e -> sessions.computeIfAbsent(e.session(), s -> new ArrayList<>())
                        .add(e));
        // Some name their session themselves, as by a cookie and a header of a rule's own.
        var elsewhere =
                result.exchanges().stream().filter(e -> e.session() == null).toList();
        for (var exchanges : sessions.values()) {
            for (int i = 1; i < exchanges.size(); i++) {
                var probe = exchanges.get(i);
                var last = exchanges.get(i - 1);
                if (probe.status() == null
                        || probe.headAtMs() == null
                        || last.endAtMs() == null
                        || last.status() == null) {
                    break;
                }
                if (last.status() / 100 != 2 || last.method().equals("DELETE")) {
                    // Whether a request that is refused counts as activity is the server's business; and a session that
                    // was ended is gone at once.
                    break;
                }
                boolean alone = exchanges.subList(0, i).stream()
                                .allMatch(e -> e.endAtMs() != null && e.endAtMs() <= last.endAtMs())
                        && elsewhere.stream().noneMatch(e -> isOpenBetween(e, last.endAtMs(), probe.sentAtMs()));
                if (alone
                        && (probe.status() == GONE_STATUS
                                || REFUSED.contains(probe.status()) && "ping".equals(probe.call()))) {
                    gone.add(probe.headAtMs() - last.sentAtMs());
                } else if (alone
                        && probe.status() / 100 == 2
                        && probe.call() != null
                        && probe.call().equals("ping")) {
                    alive.add(probe.sentAtMs() - last.endAtMs());
                }
            }
        }
    }
}
