package dev.mcpsession.conformance.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that refuse something always, and before they look at anything else. A rule that wants another refusal of it
 * must not take that for an answer to what the rule is about.
 */
@Execution(ExecutionMode.CONCURRENT)
class UnusualRefusalsTest {
    private static final Set<Verdict> COMPLAINTS = Set.of(Verdict.FAIL, Verdict.WARN, Verdict.ERROR);

    /** Whether a call is a POST of one of some methods. */
    private static boolean calls(ToyServer.Call call, String... methods) {
        return call.method().equals("POST") && Set.of(methods).contains(call.called());
    }

    /** Refuses pings: a fault, but that of one rule only. */
    static class NoPings extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "ping") ? Answer.error(400, -32601, "Method not found") : super.answer(call);
        }
    }

    /** Refuses to cancel what was never asked for. */
    static class NothingToCancel extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "notifications/cancelled")
                    ? Answer.error(400, -32600, "There is no such request")
                    : super.answer(call);
        }
    }

    /** Has no tools, and says so with a status. */
    static class NoTools extends ToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "tools/list", "tools/call")
                    ? Answer.error(400, -32601, "Method not found")
                    : super.answer(call);
        }
    }

    /** Knows the revision of each session, and wants the version header where that has one. */
    static class WantsTheVersion extends ToyServer {
        @Override
        protected Answer serve(Call call, ToySession session) throws Exception {
            return session == null
                            || call.header("MCP-Protocol-Version").isPresent()
                            || session.version.equals(Revision.V2025_03_26.wire())
                    ? super.serve(call, session)
                    : Answer.error(400, -32600, "MCP-Protocol-Version is missing");
        }
    }

    /** Serves both eras, and lets nobody list its tools. */
    static class DualWithoutLists extends DualToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "tools/list") ? Answer.error(400, -32000, "Not for you") : super.answer(call);
        }
    }

    /** Serves both eras, but no legacy pings. */
    static class DualWithoutPings extends DualToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "ping") ? Answer.error(400, -32000, "Not for you") : super.answer(call);
        }
    }

    /** Lets nobody call its tools. */
    static class ModernWithoutCalls extends MirroringToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return calls(call, "tools/call") ? Answer.error(422, -32000, "Not for you") : super.answer(call);
        }
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                Arguments.of(
                        "no pings",
                        "transport/(origin|unsupported|invalid|missing-version|content-type-charset|accept-quality).*"
                                + "|termination/(post-404|stays-dead)|required/unknown-id-post"
                                + "|idle/(reaped-post-404|opened-only-is-reaped|cohort-reaped)|ownership/.*",
                        launcher(NoPings::new)),
                Arguments.of(
                        "nothing to cancel",
                        "termination/(notification-404|stays-dead)"
                                + "|idle/(reaped-notification-404|probe-does-not-revive|notification-extends)"
                                + "|transport/served-beside-stream|cancellation/.*",
                        launcher(NothingToCancel::new)),
                Arguments.of(
                        "no tools",
                        "termination/stays-dead|idle/probe-does-not-revive|transport/answer-accepted"
                                + "|stateless/serves-without-id",
                        launcher(NoTools::new)),
                Arguments.of("wants the version", "transport/missing-version-served", launcher(WantsTheVersion::new)),
                Arguments.of("dual without lists", "dual/.*", launcher(DualWithoutLists::new)),
                Arguments.of("dual without pings", "dual/eras-side-by-side", launcher(DualWithoutPings::new)),
                Arguments.of(
                        "modern without calls",
                        "modern/(origin-403|name.*|parameter.*)",
                        launcher(ModernWithoutCalls::new)));
    }

    private static ServerLauncher launcher(Supplier<? extends ToyServer> kind) {
        return ToyServer.launcher(kind);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccusedOfSomethingElse(String name, String rules, ServerLauncher launcher) throws Exception {
        var judged = Pattern.compile(rules).asMatchPredicate();
        try (var server = (ServerLauncher.Serving) launcher.launch(Targets.SETTINGS)) {
            var run = Suite.of(Targets.of(name, server.uri(), launcher).build())
                    .select(rule -> judged.test(rule.id()))
                    .run();
            assertFalse(run.results().isEmpty());
            assertEquals(
                    List.of(),
                    run.results().stream()
                            .filter(r -> COMPLAINTS.contains(r.verdict()))
                            .map(r -> r.verdict() + " " + r.rule().id() + " [" + r.revision() + "] " + r.summary())
                            .toList());
        }
    }
}
