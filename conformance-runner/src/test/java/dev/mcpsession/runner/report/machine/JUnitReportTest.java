package dev.mcpsession.runner.report.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.report.model.Fabricated;
import dev.mcpsession.runner.report.model.Report;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class JUnitReportTest {
    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    private static String child(Document document, String test) {
        var cases = document.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            var element = (Element) cases.item(i);
            if (element.getAttribute("name").startsWith(test + " ")) {
                var children = element.getElementsByTagName("*");
                return children.getLength() == 0 ? "" : children.item(0).getNodeName();
            }
        }
        throw new AssertionError("no test " + test);
    }

    @Test
    void mapsVerdicts() throws Exception {
        var text = JUnitReport.write(Fabricated.report(
                1,
                Fabricated.run(
                        Fabricated.violation("a/fail", "2025-11-25", "MUST", "FAIL"),
                        Fabricated.violation("a/known", "2025-11-25", "MUST", "FAIL")
                                .knownFor("accepted"),
                        Fabricated.violation("a/warn", "2025-11-25", "SHOULD", "WARN"),
                        Fabricated.result("a/pass", "2025-11-25", "MUST", "PASS", ""),
                        Fabricated.result("a/error", "2025-11-25", "MUST", "ERROR", "oops"),
                        Fabricated.result("a/open", "2025-11-25", "MUST", "INCONCLUSIVE", "slow"),
                        Fabricated.result("b/untested", "2025-11-25", "MUST", "NOT_TESTABLE", "see --launch"))));
        var document = parse(text);
        assertEquals("failure", child(document, "a/fail"));
        assertEquals("skipped", child(document, "a/known"));
        assertEquals("system-out", child(document, "a/warn"));
        assertEquals("", child(document, "a/pass"));
        assertEquals("error", child(document, "a/error"));
        assertEquals("error", child(document, "a/open"));
        assertEquals("skipped", child(document, "b/untested"));

        var suite = (Element) document.getElementsByTagName("testsuite").item(0);
        assertEquals(
                "6 1 2 1",
                suite.getAttribute("tests") + " " + suite.getAttribute("failures") + " " + suite.getAttribute("errors")
                        + " " + suite.getAttribute("skipped"));
        var failure = (Element) document.getElementsByTagName("failure").item(0);
        assertEquals("expected status 404 after it, but got 200", failure.getAttribute("message"));
        assertTrue(failure.getTextContent().contains("curl -i"), failure::getTextContent);
        assertFalse(text.contains("java.version"), text);
    }

    @Test
    void tellsServersApart() throws Exception {
        var run = Fabricated.run(Fabricated.result("a/one", "2025-11-25", "MUST", "PASS", ""))
                .closed(0);
        var document = parse(JUnitReport.write(Fabricated.report(
                3, run, Fabricated.named("other", null, run), Fabricated.unjudged("gone", "nothing answers"))));
        var suites = document.getElementsByTagName("testsuite");
        assertEquals(
                List.of("tiny.a", "other.a", "gone"),
                List.of(
                        ((Element) suites.item(0)).getAttribute("name"),
                        ((Element) suites.item(1)).getAttribute("name"),
                        ((Element) suites.item(2)).getAttribute("name")));
        assertEquals(1, document.getElementsByTagName("error").getLength());
    }

    @Test
    void isXmlWhateverAServerSays() throws Exception {
        var text = JUnitReport.write(Fabricated.report(
                1,
                Fabricated.run(
                        Fabricated.result("a/one", "2025-11-25", "MUST", "FAIL", "got <\u0000\u001b[1m]]>&\ud800"))));
        assertEquals("failure", child(parse(text), "a/one"));
    }

    @Test
    void takesNoJudgementForAnError() throws Exception {
        var text = JUnitReport.write(
                new Report(Report.FORMAT, new Report.Kit("k", "1"), Instant.now(), 1, 3, "nothing answers", List.of()));
        assertEquals(
                "nothing answers",
                ((Element) parse(text).getElementsByTagName("error").item(0)).getAttribute("message"));
    }

    @Test
    void namesTestsAfterTheServerAndNeverAfterAPort() throws Exception {
        var run = Fabricated.run(Fabricated.result("a/one", "2025-11-25", "MUST", "PASS", ""));
        for (var name : new String[][] {
            {"mine", "mine.a"}, {"http://127.0.0.1:1/mcp", "tiny.a"}, {"http://127.0.0.1:1/mcp?key=secret", "tiny.a"}
        }) {
            var text = JUnitReport.write(Fabricated.report(0, Fabricated.named(name[0], null, run)));
            var test = (Element) parse(text).getElementsByTagName("testcase").item(0);
            assertEquals(name[1], test.getAttribute("classname"));
        }
    }

    @Test
    void aFailureNamesTheRulesThatTheSameCauseBreaks() throws Exception {
        var text = JUnitReport.write(Fabricated.report(
                1,
                Fabricated.run(
                        Fabricated.violation("a/one", "2025-11-25", "MUST", "FAIL"),
                        Fabricated.violation("b/two", "2025-11-25", "MUST", "FAIL"))));
        var failure = parse(text).getElementsByTagName("failure").item(0).getTextContent();
        assertTrue(
                failure.startsWith("One cause, 2 rules: expected status 404 after it, but got 200\n  a/one, b/two\n"),
                failure);
    }
}
