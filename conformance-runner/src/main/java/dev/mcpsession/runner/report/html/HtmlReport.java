package dev.mcpsession.runner.report.html;

import dev.mcpsession.runner.report.model.Report;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.WriterOutput;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;

/**
 * Writes the report as one HTML file that needs nothing else: no network, and no script but to filter. All that came
 * from a server is escaped by the templates; and should anything get past that, the page's policy runs no script but
 * its own.
 */
public final class HtmlReport {
    private HtmlReport() {}

    /** The report as one text. */
    public static String write(Report report, Function<String, Optional<String>> notes) {
        var text = new StringWriter();
        write(report, notes, text);
        return text.toString();
    }

    /**
     * Writes the report piece by piece.
     *
     * @param notes the Markdown of the note on a rule, by its id
     */
    public static void write(Report report, Function<String, Optional<String>> notes, Writer out) {
        var style = resource("report.css");
        var script = resource("page.js") + resource("report.js");
        engine().render(
                        "page.jte",
                        new HtmlPage(report, notes, style, script, policy(style, script)),
                        new WriterOutput(out));
    }

    static TemplateEngine engine() {
        return TemplateEngine.createPrecompiled(
                null, ContentType.Html, HtmlReport.class.getClassLoader(), HtmlReport.class.getPackageName());
    }

    /** Lets a page run this style and this script, and load nothing. */
    static String policy(String style, String script) {
        return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script)
                + "; img-src data:; base-uri 'none'; form-action 'none'";
    }

    private static String hash(String text) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String resource(String name) {
        try (var stream = HtmlReport.class.getResourceAsStream("/dev/mcpsession/runner/" + name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
