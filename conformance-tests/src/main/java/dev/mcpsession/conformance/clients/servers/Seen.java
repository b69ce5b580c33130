package dev.mcpsession.conformance.clients.servers;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The server's part of a trace, without the recorder's own answers. */
final class Seen {
    private Seen() {}

    /** A session whose beginning is in the trace, with the calls in it after initialize. */
    record Session(Trace.Opening opening, List<Call> calls) {
        /** The first DELETE that the server accepted. */
        Optional<Call> end() {
            return calls.stream()
                    .filter(c -> c.isDelete() && c.status() / 100 == 2 && c.endedAt() != 0)
                    .findFirst();
        }

        /** Calls that were answered before anybody could have deleted the session. */
        List<Call> whileLive() {
            long deleted = calls.stream()
                    .filter(Call::isDelete)
                    .mapToLong(Call::beganAt)
                    .min()
                    .orElse(Long.MAX_VALUE);
            return calls.stream()
                    .filter(c -> c.answeredAt() != 0 && c.answeredAt() < deleted)
                    .toList();
        }
    }

    static Trace trace(ClientUnderTest client) {
        return client.play(Scripts.PLAIN);
    }

    /** Whether the server answered, rather than the recorder in its place. */
    private static boolean isServers(Call call) {
        return call.status() != 0 && call.replyHeader(Call.INJECTED).isEmpty() && call.ending() != Ending.CUT;
    }

    /** The sessions of the revision that is judged. */
    static List<Session> sessions(ClientUnderTest client) {
        var trace = trace(client);
        return trace.openings().stream()
                .filter(o -> o.revision().filter(client.revision()::equals).isPresent() && isServers(o.call()))
                .map(o -> new Session(
                        o, trace.calls(o).stream().filter(Seen::isServers).toList()))
                .toList();
    }

    /** The calls of the revision that is judged, with those of initialize. */
    static List<Call> calls(ClientUnderTest client) {
        if (client.revision().isLegacy()) {
            return sessions(client).stream()
                    .flatMap(s -> Stream.concat(Stream.of(s.opening().call()), s.calls().stream()))
                    .toList();
        }
        return trace(client)
                .modern()
                .filter(Seen::isServers)
                .filter(c -> c.metaVersion()
                        .or(() -> c.header(Call.VERSION))
                        .filter(client.revision().wire()::equals)
                        .isPresent())
                .toList();
    }

    /** Those calls that are looked at; the rule is not testable where the trace holds none. */
    static List<Call> some(List<Call> calls, Predicate<Call> which, String what) {
        var some = calls.stream().filter(which).toList();
        if (some.isEmpty()) {
            throw RuleAbortedException.notTestable("the trace holds no " + what);
        }
        return some;
    }

    /** Whether a request was sent when the reply to another was over for certain. */
    static boolean follows(Trace trace, Call later, Call earlier) {
        return later.number() > earlier.number() && later.beganAt() - earlier.endedAt() > trace.rounding();
    }

    /** The messages of a reply, if it can be read. */
    static List<JsonNode> messages(Call call) {
        return call.isStream()
                ? call.events().stream().flatMap(e -> e.message().stream()).toList()
                : Json.singly(call.reply().json().stream().toList());
    }
}
