package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.ClientSession;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Leaves nothing on the server: closes streams and ends sessions after each attempt of a rule. */
final class CleanUp {
    /** The purpose of the requests that end sessions, by which judgements leave them out. */
    static final String PURPOSE = "clean-up";

    /** The time for ending sessions once the run is over, or the server does not answer. */
    private static final Duration WITHIN = Duration.ofSeconds(2);

    private final RunContext run;
    private final AtomicLong lastOpening = new AtomicLong(System.nanoTime());

    CleanUp(RunContext run) {
        this.run = run;
    }

    /** The moment at which a session was last opened, as far as its rule has been cleaned up after. */
    long lastOpening() {
        return lastOpening.get();
    }

    void after(Client client) {
        var transcript = client.transcript();
        transcript.entries().forEach(e -> e.exchange().close());
        transcript
                .sessions()
                .forEach(s -> lastOpening.accumulateAndGet(s.opening().sentAt(), Math::max));
        endSessions(client);
        for (var resource : transcript.resources()) {
            try {
                resource.close();
            } catch (Exception e) {
                client.note("closing " + resource + " failed: " + e);
            }
        }
        transcript.entries().forEach(e -> e.exchange().close());
        transcript.compact();
    }

    private void endSessions(Client client) {
        var left = client.capabilities().deleteOffered()
                ? client.transcript().sessions().stream()
                        .filter(s -> !s.isEnded())
                        .toList()
                : List.<ClientSession>of();
        int done = 0;
        for (boolean answers = true; answers && done < left.size() && !run.end().isOver(); ) {
            var some = left.subList(done, Math.min(left.size(), done + run.fewAtOnce()));
            done += some.size();
            answers = client.sendAll(some.size(), i -> some.get(i).delete().purpose(PURPOSE)).stream()
                    .allMatch(Exchange::answered);
        }
        var deletes = left.stream()
                .skip(done)
                .map(s -> s.delete().purpose(PURPOSE).start())
                .toList();
        Request.completeAll(deletes, client.patienceUpTo(WITHIN));
    }
}
