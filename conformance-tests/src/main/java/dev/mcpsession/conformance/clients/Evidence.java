package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Masking;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Observed;
import dev.mcpsession.conformance.http.Transcript;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A trace in the form in which reports show what was sent and received. */
final class Evidence {
    private static final URI HOST = URI.create("http://127.0.0.1");

    /** Moments of a trace begin at 0; the clock of the report may be anywhere, but never at 0. */
    private static final long ORIGIN = 1_000_000_000L;

    /** Hundreds of verdicts may be about one trace, and each has its exchanges in the report. */
    private static final int MOST_SHOWN = 200;

    private final Observed observed = new Observed();
    private final Map<Integer, Exchange> exchanges = new HashMap<>();

    Evidence(Trace trace) {
        var labels = new HashMap<String, String>();
        for (var call : trace.calls()) {
            var id = call.sessionId().or(call::assignedId);
            var label = id.map(i -> labels.computeIfAbsent(i, x -> letter(labels.size())))
                    .orElse(null);
            exchanges.put(
                    call.number(),
                    observed.add(
                            call.method(),
                            uri(call.target()),
                            Masking.headers(call.headers()),
                            call.body().isEmpty() ? null : call.body().text(),
                            ORIGIN + call.beganAt(),
                            call.status(),
                            Masking.headers(call.replyHeaders()),
                            ORIGIN + call.answeredAt(),
                            call.reply().text(),
                            call.endedAt() == 0 ? 0 : ORIGIN + call.endedAt(),
                            call.ending() == Ending.COMPLETE,
                            label));
        }
    }

    private static String letter(int number) {
        var letter = String.valueOf((char) ('A' + number % 26));
        return number < 26 ? letter : letter + (number / 26 + 1);
    }

    private static URI uri(String target) {
        try {
            return HOST.resolve(target);
        } catch (IllegalArgumentException e) {
            return HOST;
        }
    }

    @Nullable
    Exchange of(Call call) {
        return exchanges.get(call.number());
    }

    /**
     * What a report is to show: the exchanges around one, of those that are many.
     *
     * @param exchange null for those at the beginning
     */
    Transcript transcript(@Nullable Exchange exchange) {
        return observed.around(exchange, MOST_SHOWN);
    }

    /** Says that more was seen than a report shows; empty where that is not so. */
    Optional<String> omission() {
        int all = observed.size();
        return all > MOST_SHOWN
                ? Optional.of("of " + all + " exchanges, " + MOST_SHOWN + " are in the report")
                : Optional.empty();
    }

    static long origin() {
        return ORIGIN;
    }
}
