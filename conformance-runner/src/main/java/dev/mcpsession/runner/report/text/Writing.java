package dev.mcpsession.runner.report.text;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;

/** A report that is written piece by piece. */
@FunctionalInterface
public interface Writing {
    void to(Writer out) throws IOException;

    /** The report as one text. */
    static String text(Writing report) {
        var text = new StringWriter();
        try {
            report.to(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
