package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.runner.report.model.Report.HeaderReport;
import java.util.List;

/** Writes a request of a report as a curl command for a POSIX shell. */
final class Curl {
    private Curl() {}

    static String of(String method, String url, List<HeaderReport> headers, String body) {
        return dev.mcpsession.conformance.http.Curl.of(
                method,
                url,
                headers.stream().map(h -> new Header(h.name(), h.value())).toList(),
                body);
    }
}
