package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import io.undertow.util.Headers;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** Right servers whose replies have an unusual form: they come in lists, later, elsewhere, or from a framework. */
@Order(1)
@Execution(ExecutionMode.CONCURRENT)
class UnusualFormServersTest {
    /** Closes the connection of every request after one event, and lets the client poll for the rest. */
    static class PollsForEverything extends ResumableToyServer {
        @Override
        protected boolean polls(Call call) {
            return true;
        }
    }

    /** Leaves what it does not know to a web framework, which answers with an error page in JSON. */
    static class FrameworkErrors extends ToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            return message.path("error").path("code").asInt(0) == -32601
                    ? Answer.json(
                            404,
                            Json.object()
                                    .put("timestamp", 1_700_000_000_000L)
                                    .put("status", 404)
                                    .put("error", "Not Found"))
                    : super.reply(call, message);
        }
    }

    /** Answers single requests of 2025-03-26 with event streams, and in lists, as that revision allows. */
    static class ListsOnStreams extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            var answer = super.serve(call, session);
            return session != null
                            && session.version.equals(Revision.V2025_03_26.wire())
                            && call.isRequest()
                            && !inBatch(call)
                    ? Answer.stream("data: [" + answer.body() + "]\n\n")
                    : answer;
        }
    }

    /** Has room for three sessions. */
    static class ThreePlaces extends ToyServer {
        @Override
        protected Answer initialize(Call call) throws Exception {
            return sessions.size() >= 3
                    ? Answer.error(503, -32000, "Too many sessions").with("Retry-After", "1")
                    : super.initialize(call);
        }
    }

    /** Ids that a server seals: whatever it did not seal itself is malformed to it. */
    private static final class Seal {
        private final Set<String> sealed = ConcurrentHashMap.newKeySet();

        String sealed(String id) {
            var whole = id.replace("-", "");
            sealed.add(whole);
            return whole;
        }

        ToyServer.Answer answer(ToyServer.Call call, ToyServer.Answer ofGone) {
            return sealed.contains(call.sessionId().orElse(""))
                    ? ofGone
                    : ToyServer.Answer.error(400, -32000, "Malformed session id");
        }
    }

    static class SealedIds extends ToyServer {
        private final Seal seal = new Seal();

        @Override
        protected String newId() {
            return seal.sealed(super.newId() + super.newId());
        }

        @Override
        protected Answer unknownId(Call call) {
            return seal.answer(call, super.unknownId(call));
        }
    }

    /** The same with users. */
    static class OwnedSealedIds extends OwnedToyServer {
        private final Seal seal = new Seal();

        @Override
        protected String newId() {
            return seal.sealed(super.newId() + super.newId());
        }

        @Override
        protected Answer unknownId(Call call) {
            return seal.answer(call, super.unknownId(call));
        }
    }

    /** Sends users without credentials to a page where they log in. */
    static class LoginPage extends OwnedToyServer {
        @Override
        protected Answer unauthorized(Call call) {
            return Answer.of(302).with("Location", "/login");
        }
    }

    /** Accepts DELETE, and ends the session a little later. */
    static class EndsLater extends ToyServer {
        @Override
        protected Answer delete(Call call) throws Exception {
            if (call.sessionId().isEmpty()) {
                return missingId(call);
            }
            var session = find(call);
            if (session == null) {
                return unknownId(call);
            }
            CompletableFuture.delayedExecutor(150, TimeUnit.MILLISECONDS).execute(() -> {
                if (session.end(false, 0)) {
                    forget(session);
                }
            });
            return Answer.of(202);
        }
    }

    /** Serves clients of 2024-11-05 under the same URL: GET without an id opens their event stream. */
    static class OldTransportToo extends ToyServer {
        @Override
        protected Answer missingId(Call call) {
            if (!call.method().equals("GET")) {
                return super.missingId(call);
            }
            call.exchange().getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
            var out = call.exchange().getOutputStream();
            try {
                TalkativeToyServer.send(out, "event: endpoint\ndata: /messages?client=1");
                while (!closed) {
                    TalkativeToyServer.send(out, ": keep-alive");
                    Thread.sleep(50);
                }
            } catch (IOException e) {
                // The client went away.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return null;
        }
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                        kind("lets clients poll for everything", PollsForEverything::new),
                        kind("errors of a framework, in JSON", FrameworkErrors::new),
                        kind("lists on event streams of 2025-03-26", ListsOnStreams::new),
                        kind("sealed ids, and 400 for others", SealedIds::new),
                        kind("202 for DELETE, and the end later", EndsLater::new),
                        kind("the transport of 2024-11-05 too", OldTransportToo::new))
                .filter(UnusualServersTest.chosen());
    }

    private static Arguments kind(String name, Supplier<? extends ToyServer> kind) {
        return Arguments.of(name, kind);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccused(String name, Supplier<? extends ToyServer> kind) throws Exception {
        UnusualServersTest.judge(name, ToyServer.launcher(kind), UnaryOperator.<Target.Builder>identity());
    }

    @Test
    void roomForThree() throws Exception {
        UnusualServersTest.judge(
                "room for three sessions", ToyServer.launcher(ThreePlaces::new), target -> target.maxSessions(3));
    }

    @Test
    void aLoginPage() throws Exception {
        UnusualServersTest.judge("a login page", ToyServer.launcher(LoginPage::new), OwnedToyServer::tell);
    }

    @Test
    void sealedIdsOfUsers() throws Exception {
        UnusualServersTest.judge("sealed ids of users", ToyServer.launcher(OwnedSealedIds::new), OwnedToyServer::tell);
    }
}
