package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.runner.report.model.Report.BodyReport;
import dev.mcpsession.runner.report.model.Report.ExchangeReport;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.Report.SlowToolReport;
import dev.mcpsession.runner.report.model.Report.SpokenReport;
import dev.mcpsession.runner.report.model.Report.TargetReport;
import dev.mcpsession.runner.report.model.Report.UnspokenReport;
import dev.mcpsession.runner.report.model.Report.WaitReport;
import java.time.Instant;
import java.util.List;

/** Made-up results, to test what reports make of them. */
public final class Fabricated {
    private Fabricated() {}

    /** A verdict without exchanges. */
    public static ResultReport result(String rule, String revision, String level, String verdict, String summary) {
        return new ResultReport(
                rule,
                rule.substring(0, rule.indexOf('/')),
                "What must hold of " + rule,
                level,
                "basic/transports, Session Management",
                revision,
                verdict,
                summary,
                null,
                null,
                null,
                List.of(),
                100,
                20,
                null,
                null,
                List.of(),
                List.of());
    }

    /** A verdict with an opening, a wait and a decisive exchange. */
    public static ResultReport violation(String rule, String revision, String level, String verdict) {
        var headers = List.of(new HeaderReport("Authorization", "***"), new HeaderReport("Mcp-Session-Id", "abc"));
        var opening = new ExchangeReport(
                "A",
                null,
                0.5,
                3.5,
                4.0,
                "server",
                "POST",
                "http://127.0.0.1:1/mcp",
                "initialize",
                headers,
                new BodyReport("{\"method\":\"initialize\"}", null),
                200,
                List.of(new HeaderReport("content-type", "application/json")),
                new BodyReport("{}", 5000),
                null,
                "200, result",
                null);
        var probe = new ExchangeReport(
                "A",
                null,
                1260,
                1262.25,
                1263.0,
                "server",
                "POST",
                "http://127.0.0.1:1/mcp",
                "ping",
                headers,
                new BodyReport("{\"method\":\"ping\"}", null),
                200,
                List.of(),
                new BodyReport("", null),
                1,
                "200, result in an event stream",
                null);
        var cleanUp = new ExchangeReport(
                "A",
                "clean-up",
                1270,
                null,
                1280.0,
                "client",
                "DELETE",
                "http://127.0.0.1:1/mcp",
                null,
                headers,
                null,
                null,
                null,
                null,
                null,
                "no reply (reset)",
                "no reply (reset)");
        return new ResultReport(
                rule,
                rule.substring(0, rule.indexOf('/')),
                "What must hold of " + rule,
                level,
                "session contract, point 3",
                revision,
                verdict,
                "expected status 404 after it, but got 200",
                "status 404 after it",
                "got 200",
                null,
                List.of("seen every time"),
                100,
                1280,
                1,
                Curl.of("POST", "http://127.0.0.1:1/mcp", headers, "{\"method\":\"ping\"}"),
                List.of(opening, probe, cleanUp),
                List.of(new WaitReport("A", 10, 1260)));
    }

    public static RunReport run(ResultReport... results) {
        var target = new TargetReport(
                "tiny",
                "A tiny server",
                "http://127.0.0.1:1/mcp",
                true,
                1000L,
                null,
                250L,
                new SlowToolReport("sleep", Json.object().put("ms", 5)),
                2,
                10_000,
                64,
                32,
                false,
                null);
        var spoken = List.of(
                new SpokenReport("2025-06-18", "tiny 1", true, 204, 200, true, false, List.of("sleep")),
                new SpokenReport("2025-11-25", "tiny 1", true, 204, 200, true, false, List.of("sleep")));
        return new RunReport(
                target,
                spoken,
                List.of(new UnspokenReport("2026-07-28", "answered 400")),
                4321.5,
                Reports.counts(List.of(results)),
                List.of(results),
                null,
                null,
                List.of(),
                null,
                null);
    }

    /** A server that could not be judged. */
    public static RunReport unjudged(String name, String problem) {
        return RunReport.unjudged(target(name), problem, 3);
    }

    /** The same run of another server. */
    public static RunReport named(String name, String title, RunReport run) {
        var t = run.target();
        var target = new TargetReport(
                name,
                title,
                t.url(),
                t.launched(),
                t.idleTimeoutMs(),
                t.idleTimeoutNote(),
                t.reapLagMs(),
                t.slowTool(),
                t.users(),
                t.patienceMs(),
                t.maxSessions(),
                t.concurrency(),
                t.stress(),
                t.notes());
        return new RunReport(
                target,
                run.spoken(),
                run.unspoken(),
                run.tookMs(),
                run.counts(),
                run.results(),
                run.baseline(),
                run.ended(),
                run.notes(),
                run.problem(),
                run.exitStatus());
    }

    public static Report report(int exitStatus, RunReport... runs) {
        return new Report(
                Report.FORMAT,
                new Report.Kit("mcp-session-conformance", "1"),
                Instant.parse("2026-01-02T03:04:05Z"),
                5000,
                exitStatus,
                null,
                List.of(runs));
    }

    /** A server about which nothing was told. */
    public static TargetReport target(String name) {
        return new TargetReport(
                name, null, "http://127.0.0.1:1/mcp", true, null, null, null, null, 0, 10_000, 64, 32, false, null);
    }
}
