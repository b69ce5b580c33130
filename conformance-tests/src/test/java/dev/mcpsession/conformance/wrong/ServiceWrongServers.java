package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.DepartingToyServer;
import dev.mcpsession.conformance.servers.HangingToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Servers that break the rules of the area service, one each. */
final class ServiceWrongServers {
    private ServiceWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                WrongServer.toy(
                                "refuses new sessions once it has opened many",
                                "service/serves-on",
                                "initialize was answered 400",
                                () -> new ToyServer() {
                                    private final AtomicInteger opened = new AtomicInteger();

                                    @Override
                                    protected Answer initialize(Call call) throws Exception {
                                        return opened.incrementAndGet() > 120 ? Answer.of(400) : super.initialize(call);
                                    }
                                })
                        .because("no rule can open a session then"),
                WrongServer.toy(
                                "ends at a request for a method that it does not have",
                                "service/serves-on",
                                "the server stopped answering after ",
                                () -> new DepartingToyServer(
                                        call -> call.called().startsWith("no/such")))
                        .told(target -> target.patience(Duration.ofSeconds(3))),
                WrongServer.toy(
                                "ends at a body that is no JSON",
                                "service/serves-on",
                                "the server stopped answering after ",
                                () -> new DepartingToyServer(call ->
                                        call.message() == null && call.method().equals("POST")))
                        .told(target -> target.patience(Duration.ofSeconds(3))),
                WrongServer.toy(
                                "never answers a ping",
                                "service/serves-on",
                                "POST ping, though it answered others",
                                () -> new HangingToyServer() {
                                    @Override
                                    protected Answer answer(Call call) throws Exception {
                                        return call.called().equals("ping") ? hang() : super.answer(call);
                                    }
                                })
                        .told(target ->
                                target.patience(Duration.ofMillis(1_200)).maxSilence(Duration.ofSeconds(6))),
                WrongServer.toy(
                                "answers nothing more after some hundred requests",
                                "service/serves-on",
                                "the first without an answer was ",
                                () -> new HangingToyServer() {
                                    private final AtomicInteger requests = new AtomicInteger();

                                    @Override
                                    protected Answer answer(Call call) throws Exception {
                                        return requests.incrementAndGet() > 300 ? hang() : super.answer(call);
                                    }
                                })
                        .told(target -> target.patience(Duration.ofMillis(1_200)))
                        .because("nothing is answered then"));
    }
}
