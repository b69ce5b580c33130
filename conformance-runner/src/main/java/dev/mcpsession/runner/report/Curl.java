package dev.mcpsession.runner.report;

import dev.mcpsession.runner.report.Report.HeaderReport;
import java.util.List;

/** Writes a request as a curl command for a POSIX shell. */
final class Curl {
    private Curl() {}

    static String of(String method, String url, List<HeaderReport> headers, String body) {
        var command = new StringBuilder("curl -i");
        if (method.equals("GET")) {
            // A stream may never end, and is to be seen as it comes.
            command.append(" -N --max-time 5");
        } else if (!method.equals("POST") || body.isEmpty()) {
            command.append(" -X ").append(quote(method));
        }
        command.append(' ').append(quote(url));
        for (var header : headers) {
            if (!header.name().equalsIgnoreCase("User-Agent")) {
                // curl drops a header without a value unless a semicolon stands in place of the colon.
                command.append(" -H ")
                        .append(quote(
                                header.value().isEmpty()
                                        ? header.name() + ";"
                                        : header.name() + ": " + header.value()));
            }
        }
        if (!body.isEmpty()) {
            command.append(" --data-raw ").append(quote(body));
        }
        return command.toString();
    }

    private static String quote(String text) {
        return text.matches("[A-Za-z0-9_./:@%+=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
