package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.http.Transcript;
import dev.mcpsession.conformance.http.Transport;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import java.util.Objects;

/** The parts of a run know this of the server, and of one another. */
record RunContext(Target target, Transport transport, Survey survey, RunListener listener, RunEnd end) {

    /** A client for one attempt of a rule, with a transcript of its own. */
    Client client(RuleCase judged) {
        return new Client(
                target,
                transport,
                judged.revision(),
                capabilities(judged.revision()),
                new Transcript(entry -> {
                    end.isOf(judged, entry.exchange());
                    listener.exchanging(judged.rule(), judged.revision(), entry);
                }),
                (why, span) -> listener.waiting(judged.rule(), judged.revision(), why, span));
    }

    /** A client of which no listener is told. */
    Client silentClient(Revision revision) {
        return new Client(target, transport, revision, capabilities(revision), new Transcript(), (why, span) -> {});
    }

    /** The capabilities that the survey has found in a revision; rules are judged in those that are spoken only. */
    ServerCapabilities capabilities(Revision revision) {
        return Objects.requireNonNull(survey.spoken().get(revision), () -> revision + " is not spoken");
    }

    /** The number of rules that keep a machine busy without starving one another. */
    int fewAtOnce() {
        return Math.max(2, target.concurrency() / 4);
    }
}
