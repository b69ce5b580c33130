package dev.mcpsession.runner.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final String URL = "http://127.0.0.1:1/mcp";
    /** A timeout of 1000 ms, and a lag of 250. */
    private static final TargetReport TARGET = Fabricated.run().target();

    private static ExchangeReport exchange(String session, double sent, double end, int status) {
        return exchange(session, sent, end, status, URL);
    }

    private static ExchangeReport exchange(String session, double sent, double end, int status, String url) {
        return new ExchangeReport(
                session,
                null,
                sent,
                end,
                end,
                "server",
                "POST",
                url,
                "ping",
                List.of(),
                null,
                status,
                List.of(),
                null,
                null,
                String.valueOf(status),
                null);
    }

    private static ResultReport result(Integer evidence, ExchangeReport... exchanges) {
        return new ResultReport(
                "idle/x",
                "idle",
                "X",
                "CONTRACT",
                "here",
                "2025-11-25",
                "FAIL",
                "",
                null,
                null,
                null,
                List.of(),
                0,
                0,
                evidence,
                null,
                List.of(exchanges),
                List.of(new Report.WaitReport(null, 0, 1000)));
    }

    private static Timeline draw(Integer evidence, ExchangeReport... exchanges) {
        return Timeline.of(result(evidence, exchanges), TARGET).orElseThrow();
    }

    @Test
    void tellsWhenASessionMightAndHadToBeGone() {
        // Sent at 10 and over at 20: it may be gone from 1010 on, and must be from 1270 on.
        assertEquals(
                List.of("Session A, idle since 20 ms, was sent ping at 1.50 s, when it had to be gone, since 1.27 "
                        + "s, and "
                        + "answered 200."),
                draw(1, exchange("A", 10, 20, 200), exchange("A", 1500, 1510, 200))
                        .story());
        assertEquals(
                List.of("Session A, idle since 20 ms, was sent ping at 1.10 s, when it might be gone or not, and "
                        + "answered 404."),
                draw(1, exchange("A", 10, 20, 200), exchange("A", 1100, 1110, 404))
                        .story());
        assertEquals(
                List.of("Session A, idle since 20 ms, was sent ping at 900 ms, when it had to live, until 1.01 s, and "
                        + "answered 404."),
                draw(1, exchange("A", 10, 20, 200), exchange("A", 900, 910, 404))
                        .story());
    }

    @Test
    void saysOnlyWhatIsCertain() {
        // Sent before, but answered after the session might be gone: nobody knows when the server saw it.
        assertEquals(
                List.of("Session A, idle since 20 ms, was sent ping at 1.00 s, when it might be gone or not, and "
                        + "answered 404."),
                draw(1, exchange("A", 10, 20, 200), exchange("A", 1000, 1020, 404))
                        .story());
    }

    @Test
    void beginsWhereTheFirstExchangeIsSent() {
        var timeline = draw(1, exchange("A", 8000, 8010, 200), exchange("A", 9500, 9510, 200));
        assertTrue(timeline.rows().get(0).bars().get(0).x() < timeline.width() / 10, timeline::toString);
        assertTrue(
                timeline.ticks().stream().allMatch(t -> t.label().matches("(8|9)(\\.\\d+)? s")),
                timeline.ticks()::toString);
    }

    @Test
    void drawsEachSessionOnARow() {
        var timeline = draw(
                3,
                exchange("A", 0, 10, 200),
                exchange("B", 5, 12, 200),
                exchange(null, 20, 25, 400),
                exchange("B", 1500, 1510, 200));
        assertEquals(
                List.of("A", "B", "–"),
                timeline.rows().stream().map(Timeline.Row::session).toList());
        var row = timeline.rows().get(1);
        assertEquals(2, row.bars().size());
        assertTrue(row.bars().get(1).decisive());
        assertEquals(1, row.idle().size());
        var deadline = row.deadlines().get(0);
        assertTrue(
                row.bars().get(0).x() < deadline.mayX()
                        && deadline.mayX() < deadline.mustX()
                        && deadline.mustX() < row.bars().get(1).x(),
                row::toString);
        assertTrue(row.labels().stream().anyMatch(l -> l.strong() && l.text().equals("ping 200 ◀")), row::toString);
    }

    @Test
    void countsNoSessionAsIdleThatHasSomethingUnderWay() {
        var timeline = draw(2, exchange("A", 0, 10, 200), exchange("A", 20, 2000, 200), exchange("A", 1500, 1510, 200));
        assertEquals(List.of(), timeline.rows().get(0).idle());
        assertEquals(List.of(), timeline.rows().get(0).deadlines());
        assertEquals(
                List.of("In session A, ping, sent at 20 ms, was under way until 2.00 s, and answered 200."),
                timeline.story());
    }

    @Test
    void pushesTheDeadlineBackOnlyByWhatWasServed() {
        // The refused request at 500 need not count: so 1000 after the first, and 1250 after the second was over.
        var deadline = draw(2, exchange("A", 0, 10, 200), exchange("A", 500, 510, 400), exchange("A", 2000, 2010, 200))
                .story();
        assertEquals(
                List.of("Session A, idle since 510 ms, was sent ping at 2.00 s, when it had to be gone, since 1.76 "
                        + "s, and "
                        + "answered 200."),
                deadline);
    }

    @Test
    void drawsNoDeadlineWhereNoneIsKnown() {
        assertTrue(
                draw(
                                1,
                                exchange("A", 0, 10, 200, "http://127.0.0.1:2/mcp"),
                                exchange("A", 1500, 1510, 200, "http://127.0.0.1:2/mcp"))
                        .rows()
                        .get(0)
                        .deadlines()
                        .isEmpty(),
                "on another server");
        assertTrue(
                draw(2, exchange("A", 0, 10, 200), exchange("A", 20, 30, 404), exchange("A", 1500, 1510, 404))
                        .rows()
                        .get(0)
                        .deadlines()
                        .isEmpty(),
                "after the session was known to be gone");
    }

    @Test
    void drawsNothingWhereTimeIsNoMatter() {
        var quick = new ResultReport(
                "a/x",
                "a",
                "X",
                "MUST",
                "here",
                "2025-11-25",
                "FAIL",
                "",
                null,
                null,
                null,
                List.of(),
                0,
                0,
                0,
                null,
                List.of(exchange("A", 0, 10, 200), exchange("A", 20, 30, 200)),
                List.of());
        assertFalse(Timeline.of(quick, TARGET).isPresent());
    }

    @Test
    void keepsToItsBoundsWithManySessions() {
        var exchanges = new ArrayList<ExchangeReport>();
        for (int i = 0; i < 40; i++) {
            exchanges.add(exchange("S" + i, i, i + 5, 200));
            exchanges.add(exchange("S" + i, 1500 + i, 1505 + i, 200));
        }
        var timeline = draw(79, exchanges.toArray(ExchangeReport[]::new));
        assertEquals("S39", timeline.rows().get(0).session());
        assertTrue(timeline.story().get(0).startsWith("Session S39"), timeline.story()::toString);
        assertEquals(
                "30 more sessions not drawn.",
                timeline.story().get(timeline.story().size() - 1));
        for (var row : timeline.rows()) {
            row.bars().forEach(b -> assertTrue(b.x() >= 0 && b.x() + b.width() <= timeline.width(), b::toString));
            assertTrue(row.y() < timeline.height());
        }
    }
}
