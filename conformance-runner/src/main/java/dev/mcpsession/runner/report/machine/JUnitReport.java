package dev.mcpsession.runner.report.machine;

import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.runner.report.model.Cause;
import dev.mcpsession.runner.report.model.Report;
import dev.mcpsession.runner.report.model.Report.ResultReport;
import dev.mcpsession.runner.report.model.Report.RunReport;
import dev.mcpsession.runner.report.model.TargetName;
import dev.mcpsession.runner.report.text.Symbols;
import dev.mcpsession.runner.report.text.Writing;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Writes the verdicts in the XML that CI servers read from JUnit. An area is a suite, a rule in a revision a test. FAIL
 * is a failure; what could not be judged is an error; what was not judged, and what the baseline knows, is skipped;
 * WARN passes, with the warning as its output.
 */
public final class JUnitReport {
    private final XMLStreamWriter xml;

    private JUnitReport(XMLStreamWriter xml) {
        this.xml = xml;
    }

    /** The report as one text. */
    public static String write(Report report) {
        return Writing.text(out -> write(report, out));
    }

    /** Writes the report piece by piece. */
    public static void write(Report report, Writer out) throws IOException {
        try {
            var xml = XMLOutputFactory.newInstance().createXMLStreamWriter(out);
            new JUnitReport(xml).report(report);
            xml.flush();
        } catch (XMLStreamException e) {
            throw e.getNestedException() instanceof IOException cause
                    ? cause
                    : new IOException("the XML cannot be written", e);
        }
        out.write("\n");
    }

    private void report(Report report) throws XMLStreamException {
        xml.writeStartDocument("UTF-8", "1.0");
        start("\n", "testsuites");
        xml.writeAttribute("name", report.kit().name());
        if (report.problem() != null && report.runs().isEmpty()) {
            problem("mcp-session-conformance", report.problem(), report.tookMs());
        }
        for (var run : report.runs()) {
            if (run.problem() != null) {
                problem(TargetName.lasting(run), run.problem(), run.tookMs());
            }
            for (var area :
                    run.results().stream().map(ResultReport::area).distinct().toList()) {
                suite(
                        report.runs().size() > 1 ? TargetName.lasting(run) + "." + area : area,
                        run,
                        run.results().stream()
                                .filter(r -> r.area().equals(area))
                                .toList());
            }
        }
        end("\n");
        xml.writeEndDocument();
    }

    /**
     * A server that could not be judged at all is a suite with one error, so that no CI server takes it for success.
     */
    private void problem(String name, String problem, double tookMs) throws XMLStreamException {
        counts(name, 1, 0, 1, 0, tookMs);
        start("\n    ", "testcase");
        xml.writeAttribute("classname", clean(name));
        xml.writeAttribute("name", "the server can be judged");
        message("error", "not judged", problem, "");
        end("\n    ");
        end("\n  ");
    }

    private void suite(String name, RunReport run, List<ResultReport> results) throws XMLStreamException {
        counts(
                name,
                results.size(),
                count(results, "failure"),
                count(results, "error"),
                count(results, "skipped"),
                results.stream().mapToDouble(ResultReport::tookMs).max().orElse(0));
        var causes = Cause.of(run);
        for (var result : results) {
            start("\n    ", "testcase");
            xml.writeAttribute("classname", clean(TargetName.lasting(run) + "." + result.area()));
            xml.writeAttribute("name", result.rule() + " [" + result.revision() + "]");
            xml.writeAttribute("time", seconds(result.tookMs()));
            var outcome = outcome(result);
            if (!outcome.isEmpty()) {
                var why = result.known() != null ? "known: " + result.known() : result.summary();
                message(
                        outcome,
                        result.level() + " " + result.verdict(),
                        why,
                        together(causes, result) + details(result));
            } else if (result.verdict().equals(Verdict.WARN.name())) {
                start("\n      ", "system-out");
                xml.writeCharacters(clean("WARN: " + result.summary() + "\n" + details(result)));
                xml.writeEndElement();
            }
            end("\n    ");
        }
        end("\n  ");
    }

    /** The rules that the same cause breaks, where it is more than this one. */
    private static String together(List<Cause> causes, ResultReport result) {
        return causes.stream()
                .filter(c -> c.count() > 1 && c.rules().contains(result.rule()) && result.expectation() != null)
                .map(c -> "One cause, " + c.told() + "\n  " + String.join(", ", c.rules()) + "\n")
                .findFirst()
                .orElse("");
    }

    private void counts(String name, int tests, long failures, long errors, long skipped, double tookMs)
            throws XMLStreamException {
        start("\n  ", "testsuite");
        xml.writeAttribute("name", clean(name));
        xml.writeAttribute("tests", String.valueOf(tests));
        xml.writeAttribute("failures", String.valueOf(failures));
        xml.writeAttribute("errors", String.valueOf(errors));
        xml.writeAttribute("skipped", String.valueOf(skipped));
        xml.writeAttribute("time", seconds(tookMs));
    }

    private static long count(List<ResultReport> results, String outcome) {
        return results.stream().filter(r -> outcome(r).equals(outcome)).count();
    }

    private static String outcome(ResultReport result) {
        return switch (Verdict.valueOf(result.verdict())) {
            case PASS -> "";
            case WARN -> result.known() == null ? "" : "skipped";
            case FAIL -> result.known() == null ? "failure" : "skipped";
            case ERROR, INCONCLUSIVE -> result.known() == null ? "error" : "skipped";
            case NOT_APPLICABLE, NOT_TESTABLE, NOT_RUN -> "skipped";
        };
    }

    private void message(String element, String type, String message, String details) throws XMLStreamException {
        start("\n      ", element);
        if (!element.equals("skipped")) {
            xml.writeAttribute("type", clean(type));
        }
        xml.writeAttribute("message", clean(message));
        xml.writeCharacters(clean(details));
        xml.writeEndElement();
    }

    private static String details(ResultReport result) {
        var text = new StringBuilder(result.title())
                .append(".\n")
                .append(result.level())
                .append(", ")
                .append(result.source())
                .append('\n');
        for (var e : result.exchanges()) {
            text.append(Symbols.padLeft(Symbols.span(Math.max(0, e.sentAtMs())), 9))
                    .append("  ")
                    .append(e.method())
                    .append(e.call() == null ? "" : " " + e.call())
                    .append(" -> ")
                    .append(e.outcome())
                    .append('\n');
        }
        return text.append(result.curl() == null ? "" : result.curl() + "\n").toString();
    }

    private void start(String indent, String element) throws XMLStreamException {
        xml.writeCharacters(indent);
        xml.writeStartElement(element);
    }

    private void end(String indent) throws XMLStreamException {
        xml.writeCharacters(indent);
        xml.writeEndElement();
    }

    private static String seconds(double millis) {
        return String.format(Locale.ROOT, "%.3f", millis / 1000);
    }

    /** XML has no place for most control characters, not even escaped. */
    private static String clean(String text) {
        var clean = new StringBuilder();
        text.codePoints()
                .forEach(c -> clean.appendCodePoint(
                        c == '\n' || c == '\t' || c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000
                                ? c
                                : 0xFFFD));
        return clean.toString();
    }
}
