package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.run.UnjudgeableException;
import java.util.List;
import java.util.Optional;

/** Says why a client cannot be judged, and what may help. */
final class Unjudgeable {
    private static final int SHELL_FOUND_NO_PROGRAM = 127;
    private static final int SHELL_MAY_NOT_RUN_IT = 126;

    private Unjudgeable() {}

    static UnjudgeableException client(String command, Optional<String> otherServer, List<Trace> traces) {
        var oddity = traces.stream().flatMap(t -> t.oddities().stream()).findFirst();
        if (oddity.isPresent()) {
            return new UnjudgeableException(oddity.get() + ".");
        }
        var outcome = traces.stream().flatMap(t -> t.outcome().stream()).findFirst();
        var output = outcome.map(Outcome::output)
                .filter(o -> !o.isBlank())
                .map(o -> "\nThe last of its output:\n" + o.strip().indent(2).stripTrailing())
                .orElse("");
        if (traces.stream().anyMatch(t -> t.endpoint().findAny().isPresent())) {
            return new UnjudgeableException(
                    "the client speaks none of the revisions asked for: it connected, and went on in none of them."
                            + outcome.map(o -> " It " + o.describe() + ".").orElse("") + output);
        }
        var elsewhere = traces.stream().flatMap(t -> t.calls().stream()).findFirst();
        if (elsewhere.isPresent()) {
            return new UnjudgeableException("the client asked the kit's server for "
                    + elsewhere.get().target() + ", and never for the path of the URL that it was given." + output);
        }
        int status = outcome.map(Outcome::status).orElse(0);
        if (status == SHELL_FOUND_NO_PROGRAM || status == SHELL_MAY_NOT_RUN_IT) {
            return new UnjudgeableException("the client could not be started: " + command + output);
        }
        if (outcome.map(Outcome::timedOut).orElse(false)) {
            return new UnjudgeableException(
                    "the client made no request to the URL that it was given as its last argument, and was still at "
                            + "work when its time was over: "
                            + otherServer
                                    .map(Unjudgeable::named)
                                    .orElse("does it talk to another server, or wait for input?")
                            + " If it is slow to start, see --client-start-within."
                            + output);
        }
        return new UnjudgeableException("the client made no request to the URL that it was given as its last argument"
                + outcome.map(o -> ": it " + o.describe()).orElse("") + ". "
                + otherServer
                        .map(Unjudgeable::named)
                        .orElse("Does it take the URL from elsewhere, such as a file of settings?")
                + output);
    }

    private static String named(String otherServer) {
        return "Its output names another server, " + otherServer + ".";
    }

    static UnjudgeableException stage(List<String> oddities) {
        return new UnjudgeableException("no client made a request to one of the URLs"
                + (oddities.isEmpty() ? "." : "; " + oddities.get(0) + "."));
    }

    static UnjudgeableException trace(Trace trace) {
        if (trace.calls().isEmpty()) {
            return new UnjudgeableException("the trace holds no request that was sent to a server"
                    + (trace.oddities().isEmpty()
                            ? "."
                            : "; " + trace.oddities().get(0) + "."));
        }
        boolean recorded = trace.rounding() == 0;
        if (recorded && trace.endpoint().findAny().isEmpty()) {
            return new UnjudgeableException("no client made a request to the URL that is recorded: one asked for "
                    + Text.cut(trace.calls().get(0).target(), 120) + ".");
        }
        return new UnjudgeableException("no revision of the protocol is spoken in the trace: it holds "
                + (trace.calls().size() == 1 ? "1 request" : trace.calls().size() + " requests")
                + ", but neither an initialize that a server accepted, nor a request of 2026-07-28.");
    }
}
