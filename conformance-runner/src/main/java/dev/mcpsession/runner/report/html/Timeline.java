package dev.mcpsession.runner.report.html;

import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Wrap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The course of a rule about time, ready to be drawn: a row for each session, on it the exchanges, the spans between
 * them in which the session was idle, and when it might and when it had to be gone.
 *
 * <p>The moments are those that can be proven (see REPORT.md): a session may be gone once the
 * timeout has passed since its last activity was <em>sent</em>, and must be once the timeout and the lag have passed
 * since that activity was <em>over</em>.
 *
 * @param story the same in words
 */
record Timeline(int width, int height, List<Tick> ticks, List<Row> rows, List<String> story) {
    /** In units of the drawing, which is as wide whatever it shows. */
    private static final int WIDTH = 960;

    private static final int LEFT = 34;
    private static final int RIGHT = WIDTH - 12;
    private static final int ROW = 58;
    private static final int TOP = 22;
    private static final int MAX_ROWS = 10;
    private static final int MAX_BARS = 60;
    private static final int MAX_SENTENCES = 4;
    /** Of the smallest text in the drawing. */
    private static final double LETTER = 6.3;
    /** A rule that is over sooner is not drawn. */
    private static final double SHORTEST_MS = 150;

    record Tick(int x, String label) {}

    /** A session; {@code bars} are in the order of time. */
    record Row(String session, int y, List<Span> idle, List<Deadline> deadlines, List<Bar> bars, List<Label> labels) {}

    /**
     * A span in which nothing of the session was under way.
     *
     * @param nameX where its length is told, or 0 where there is no room
     */
    record Span(int x, int width, String title, int nameX) {}

    /** From when on a session may be gone, and from when on it must be; the former is named where there is room. */
    record Deadline(int mayX, int mustX, String title, boolean mayNamed, boolean mustAtEnd) {
        private int nameEnd() {
            return mustAtEnd ? mustX : mustX + (int) (13 * LETTER);
        }
    }

    /** An exchange, from the moment it was sent until it was over. */
    record Bar(int x, int width, String kind, boolean decisive, String title) {}

    record Label(int x, String text, boolean strong, boolean atEnd) {}

    /** The drawing of a result; empty where nothing in it is a matter of time. */
    static Optional<Timeline> of(ResultReport result, TargetReport target) {
        var shown = result.exchanges().stream()
                .filter(e -> !"clean-up".equals(e.purpose()))
                .toList();
        double longestWait = result.waits().stream()
                .mapToDouble(w -> w.untilMs() - w.fromMs())
                .max()
                .orElse(0);
        double longest =
                shown.stream().mapToDouble(e -> end(e) - e.sentAtMs()).max().orElse(0);
        boolean timed = target.idleTimeoutMs() != null && longest >= target.idleTimeoutMs() * 0.5;
        return longestWait < SHORTEST_MS && !timed || shown.isEmpty()
                ? Optional.empty()
                : Optional.of(new Drawing(result, target, shown).draw());
    }

    /** The end of what is known of an exchange. */
    private static double end(ExchangeReport e) {
        return e.endAtMs() != null ? e.endAtMs() : e.headAtMs() != null ? e.headAtMs() : e.sentAtMs();
    }

    /** How an exchange is coloured: {@code ok}, {@code refused}, {@code broken} or {@code silent}. */
    static String kind(ExchangeReport e) {
        return e.status() == null
                ? "silent"
                : e.status() / 100 == 2 ? "ok" : e.status() / 100 == 5 ? "broken" : "refused";
    }

    private static final class Drawing {
        private final ResultReport result;
        private final TargetReport target;
        private final Map<String, List<ExchangeReport>> sessions = new LinkedHashMap<>();
        private final List<String> story = new ArrayList<>();
        private final double from;
        private final double until;

        Drawing(ResultReport result, TargetReport target, List<ExchangeReport> shown) {
            this.result = result;
            this.target = target;
            shown.stream()
                    .sorted(Comparator.comparingDouble(ExchangeReport::sentAtMs))
                    .forEach(e -> sessions.computeIfAbsent(
                                    e.session() == null ? "" : e.session(), s -> new ArrayList<>())
                            .add(e));
            double last = shown.stream().mapToDouble(Timeline::end).max().orElse(0);
            for (var session : sessions.values()) {
                var gaps = gaps(session);
                if (!gaps.isEmpty()) {
                    last = Math.max(last, gaps.get(gaps.size() - 1).must().orElse(0));
                }
            }
            double first =
                    shown.stream().mapToDouble(ExchangeReport::sentAtMs).min().orElse(0);
            // Rules that start a server wait for it before they send anything.
            from = first > last * 0.25 ? first - (last - first) * 0.03 : 0;
            until = Math.max(from + 1, last + (last - from) * 0.03);
        }

        Timeline draw() {
            var rows = new ArrayList<Row>();
            for (var session : inOrderOfInterest()) {
                if (rows.size() < MAX_ROWS) {
                    rows.add(row(session, TOP + rows.size() * ROW));
                }
            }
            if (story.size() > MAX_SENTENCES) {
                story.subList(MAX_SENTENCES, story.size()).clear();
                story.add("And so on.");
            }
            if (sessions.size() > rows.size()) {
                story.add(Symbols.count(sessions.size() - rows.size(), "more session") + " not drawn.");
            }
            return new Timeline(WIDTH, TOP + rows.size() * ROW + 26, ticks(), rows, List.copyOf(story));
        }

        /** The decisive session first where not all can be drawn, else by their letters; what belongs to none last. */
        private List<String> inOrderOfInterest() {
            var decisive = result.decisive() == null ? null : result.decisive().session();
            return sessions.keySet().stream()
                    .sorted(Comparator.comparing((String s) -> sessions.size() > MAX_ROWS && !s.equals(decisive))
                            .thenComparing(String::isEmpty))
                    .toList();
        }

        private int x(double at) {
            return (int) Math.round(LEFT + Math.max(0, Math.min(1, (at - from) / (until - from))) * (RIGHT - LEFT));
        }

        private List<Tick> ticks() {
            double step = 1;
            for (double[] steps = {2, 2.5, 2}; (until - from) / step > 8; ) {
                for (int i = 0; i < steps.length && (until - from) / step > 8; i++) {
                    step *= steps[i];
                }
            }
            var ticks = new ArrayList<Tick>();
            for (double at = Math.ceil(from / step) * step; at <= until; at += step) {
                ticks.add(new Tick(x(at), at == 0 ? "0" : Symbols.round(Math.round(at))));
            }
            return ticks;
        }

        // ---- a session ----

        /**
         * A span without activity before an exchange.
         *
         * @param lastSent when the last activity that was served was sent
         */
        private record Gap(
                double from, double lastSent, ExchangeReport probe, OptionalDouble may, OptionalDouble must) {
            double length() {
                return probe.sentAtMs() - from;
            }
        }

        /** The spans in which nothing was under way, each with when the session might and had to be gone. */
        private List<Gap> gaps(List<ExchangeReport> exchanges) {
            var gaps = new ArrayList<Gap>();
            double quiet = Double.NaN;
            double lastSent = Double.NaN;
            var timeout = target.idleTimeoutMs();
            var lag = target.reapLagMs();
            boolean expires = timeout != null && lag != null;
            for (var e : exchanges) {
                // Another server, which the rule itself has started, may have another timeout.
                expires &= e.session() != null && e.url().equals(target.url());
                if (quiet < e.sentAtMs()) {
                    gaps.add(new Gap(
                            quiet,
                            lastSent,
                            e,
                            expires && timeout != null ? OptionalDouble.of(lastSent + timeout) : OptionalDouble.empty(),
                            expires && timeout != null && lag != null
                                    ? OptionalDouble.of(quiet + timeout + lag)
                                    : OptionalDouble.empty()));
                }
                if (e.status() != null && e.status() / 100 == 2 || Double.isNaN(lastSent)) {
                    lastSent = e.sentAtMs();
                }
                quiet = Double.isNaN(quiet) ? end(e) : Math.max(quiet, end(e));
            }
            // A span that is too short to be seen is not drawn.
            return gaps.stream().filter(g -> g.length() > last() * 0.02).toList();
        }

        private double last() {
            return sessions.values().stream()
                    .flatMap(List::stream)
                    .mapToDouble(Timeline::end)
                    .max()
                    .orElse(0);
        }

        private Row row(String name, int y) {
            var exchanges = sessions.getOrDefault(name, List.of());
            var gaps = gaps(exchanges);
            var deadlines = new ArrayList<Deadline>();
            var spans = new ArrayList<Span>();
            int taken = 0;
            for (int i = 0; i < gaps.size(); i++) {
                var gap = gaps.get(i);
                int end = x(gap.probe().sentAtMs());
                int begin = Math.max(x(gap.from()) + 6, taken);
                if (isDrawn(gap, i == gaps.size() - 1) && !isGoneBefore(exchanges, gap.probe())) {
                    var deadline = deadline(gap);
                    deadlines.add(deadline);
                    end = Math.min(end, deadline.mayX());
                    taken = deadline.nameEnd();
                    tell(name, gap);
                }
                var words = "idle for " + Symbols.span(gap.length());
                if (!name.isEmpty()) {
                    spans.add(new Span(
                            x(gap.from()),
                            x(gap.probe().sentAtMs()) - x(gap.from()),
                            words,
                            end - begin > words.length() * LETTER ? begin : 0));
                }
            }
            exchanges.forEach(e -> tellIfLong(name, e));
            var bars = exchanges.stream().limit(MAX_BARS).map(this::bar).toList();
            return new Row(
                    name.isEmpty() ? "–" : name, y, spans, List.copyOf(deadlines), bars, labels(exchanges, gaps));
        }

        /** A deadline that further activity has pushed back says nothing, unless the session was looked at for it. */
        private boolean isDrawn(Gap gap, boolean last) {
            var timeout = target.idleTimeoutMs();
            return timeout != null
                    && gap.may().isPresent()
                    && (gap.probe() == result.decisive()
                            || gap.probe().sentAtMs() > gap.must().getAsDouble()
                            || last && gap.length() > timeout * 0.4);
        }

        private Deadline deadline(Gap gap) {
            // Before the span began the session was at work, and is drawn so.
            int may = x(Math.max(gap.may().getAsDouble(), gap.from()));
            int must = x(gap.must().getAsDouble());
            boolean atEnd = must > RIGHT - 12 * LETTER;
            return new Deadline(
                    may,
                    must,
                    "may be gone from " + Symbols.span(gap.may().getAsDouble()) + " on, must be from "
                            + Symbols.span(gap.must().getAsDouble()) + " on",
                    must - may > (atEnd ? 25 : 12) * LETTER,
                    atEnd);
        }

        private static boolean isGoneBefore(List<ExchangeReport> exchanges, ExchangeReport probe) {
            return exchanges.stream()
                    .anyMatch(e -> e.sentAtMs() < probe.sentAtMs()
                            && e.status() != null
                            && (e.status() == 404 || e.method().equals("DELETE") && e.status() / 100 == 2));
        }

        private void tell(String session, Gap gap) {
            double at = gap.probe().sentAtMs();
            // The server saw it between its sending and its answer.
            double answered = gap.probe().headAtMs() == null
                    ? Double.POSITIVE_INFINITY
                    : gap.probe().headAtMs();
            var due = answered < gap.may().getAsDouble()
                    ? "when it had to live, until " + Symbols.span(gap.may().getAsDouble())
                    : at < gap.must().getAsDouble()
                            ? "when it might be gone or not"
                            : "when it had to be gone, since "
                                    + Symbols.span(gap.must().getAsDouble());
            var sentence = "Session " + session + ", idle since " + Symbols.span(Math.max(0, gap.from()))
                    + ", was sent " + what(gap.probe()) + " at " + Symbols.span(at) + ", " + due + ", and answered "
                    + answer(gap.probe()) + ".";
            if (gap.probe() == result.decisive()) {
                story.add(0, sentence);
            } else {
                story.add(sentence);
            }
        }

        /** An exchange that is in flight for long keeps a session alive. */
        private void tellIfLong(String session, ExchangeReport e) {
            if (target.idleTimeoutMs() != null && end(e) - e.sentAtMs() >= target.idleTimeoutMs() * 0.5) {
                story.add((session.isEmpty() ? "" : "In session " + session + ", ") + what(e) + ", sent at "
                        + Symbols.span(Math.max(0, e.sentAtMs())) + ", was under way until " + Symbols.span(end(e))
                        + (e.status() == null ? ", and not answered." : ", and answered " + e.status() + "."));
            }
        }

        private Bar bar(ExchangeReport e) {
            int from = x(e.sentAtMs());
            return new Bar(
                    from,
                    Math.max(3, x(end(e)) - from),
                    kind(e),
                    e == result.decisive(),
                    Symbols.span(Math.max(0, e.sentAtMs())) + ": " + what(e) + " → " + e.outcome()
                            + (e.endAtMs() == null
                                    ? ", still open"
                                    : ", over after " + Symbols.span(end(e) - e.sentAtMs())));
        }

        private static String what(ExchangeReport e) {
            return e.call() != null ? Wrap.cut(e.call().replaceFirst("^notifications/", ""), 24) : e.method();
        }

        private static String answer(ExchangeReport e) {
            return e.status() == null ? "nothing" : String.valueOf(e.status());
        }

        /** The names of the exchanges for which there is room, those that matter before the others. */
        private List<Label> labels(List<ExchangeReport> exchanges, List<Gap> gaps) {
            var probes = gaps.stream().map(Gap::probe).toList();
            var order = exchanges.stream()
                    .limit(MAX_BARS)
                    .sorted(Comparator.comparing((ExchangeReport e) -> e != result.decisive())
                            .thenComparing(e -> !probes.contains(e)))
                    .toList();
            record Taken(double from, double to) {}

            var taken = new ArrayList<Taken>();
            var labels = new ArrayList<Label>();
            for (var e : order) {
                boolean strong = e == result.decisive();
                var text = what(e) + " " + (e.status() == null ? "✕" : e.status()) + (strong ? " ◀" : "");
                double width = text.length() * LETTER + 8;
                boolean atEnd = x(e.sentAtMs()) + width > RIGHT;
                double from = atEnd ? x(e.sentAtMs()) - width : x(e.sentAtMs());
                if (taken.stream().noneMatch(t -> from < t.to() && t.from() < from + width)) {
                    taken.add(new Taken(from, from + width));
                    labels.add(new Label(x(e.sentAtMs()) + (atEnd ? 3 : 0), text, strong, atEnd));
                }
            }
            return labels;
        }
    }
}
