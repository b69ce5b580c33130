package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.post;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.DualToyServer;
import dev.mcpsession.conformance.servers.OwnedToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area dual, one each. */
final class DualWrongServers {
    private DualWrongServers() {}

    /** A right server of both eras that knows two users. */
    private static class Guarded extends DualToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return isKnown(call) || isPublic(call)
                    ? super.answer(call)
                    : Answer.of(401).with("WWW-Authenticate", "Bearer");
        }

        private static boolean isKnown(Call call) {
            return call.header("Authorization")
                    .filter(a -> a.matches("Bearer token-of-(alice|bob)"))
                    .isPresent();
        }

        /** Whether a request needs no token. */
        protected boolean isPublic(Call call) {
            return false;
        }
    }

    /** Keeps the calls of both eras in one place, by their ids. */
    private abstract static class OneRegistry extends DualToyServer {
        final Set<String> ended = ConcurrentHashMap.newKeySet();

        static String id(Call call) {
            return call.message().path("id").asString("");
        }

        @Override
        protected boolean isCancelled(Call call) {
            return ended.contains(id(call));
        }
    }

    static List<WrongServer> all() {
        return List.of(
                dual(
                                "asks for credentials in the legacy era alone",
                                "dual/credentials-in-both-eras",
                                "expected tools/list of the modern era to be refused without credentials",
                                () -> new Guarded() {
                                    @Override
                                    protected boolean isPublic(Call call) {
                                        return isModern(call);
                                    }
                                })
                        .told(OwnedToyServer::tell),
                dual(
                                "asks for credentials in the modern era alone",
                                "dual/credentials-in-both-eras",
                                "expected tools/list of the legacy era to be refused without credentials",
                                () -> new Guarded() {
                                    @Override
                                    protected boolean isPublic(Call call) {
                                        return !isModern(call);
                                    }
                                })
                        .told(OwnedToyServer::tell),
                dual(
                        "a closed stream ends the modern calls with its id",
                        "dual/same-ids-do-not-cross",
                        "expected the modern call to be answered",
                        () -> new OneRegistry() {
                            @Override
                            protected void cancelled(Call call) {
                                ended.add(id(call));
                            }
                        }),
                dual(
                        "a closed modern stream ends the legacy call with its id",
                        "dual/same-ids-do-not-cross",
                        "expected the legacy call to be answered",
                        () -> new OneRegistry() {
                            @Override
                            protected void cancelled(Call call) {
                                ended.add("legacy " + id(call));
                            }

                            @Override
                            protected boolean sleep(Call call, ToySession session, long millis)
                                    throws InterruptedException {
                                for (long left = millis; left > 0; left -= 50) {
                                    if (ended.contains("legacy " + id(call))
                                            || !super.sleep(call, session, Math.min(50, left))) {
                                        return false;
                                    }
                                }
                                return true;
                            }
                        }),
                dual(
                        "lists take the id of a session for one of theirs",
                        "dual/legacy-id-on-modern-request",
                        "expected tools/list to be served with a session id",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                return call.called().equals("tools/list")
                                                && call.sessionId().isPresent()
                                        ? unknownId(call)
                                        : super.modernPost(call);
                            }
                        }),
                dual(
                        "takes a modern request with the id of a session for a legacy one",
                        "dual/legacy-id-on-modern-request",
                        "with the id of a session that lives",
                        () -> new DualToyServer() {
                            @Override
                            protected boolean isModern(Call call) {
                                return super.isModern(call) && find(call.sessionId()) == null;
                            }

                            private ToySession find(java.util.Optional<String> id) {
                                return id.map(sessions::get).orElse(null);
                            }

                            @Override
                            protected boolean supports(String version) {
                                return Revision.find(version).isPresent();
                            }
                        }),
                new WrongServer(
                        "a gateway that knows no such session",
                        "dual/legacy-id-on-modern-request",
                        "with an id that names no session",
                        Proxied.stubbing(
                                DualToyServer::new,
                                proxy -> proxy.stubFor(post(anyUrl())
                                        .atPriority(1)
                                        .withHeader("MCP-Protocol-Version", equalTo("2026-07-28"))
                                        .withHeader("Mcp-Session-Id", matching("0f8fad5b-.*"))
                                        .willReturn(aResponse().withStatus(404).withBody("Session not found")))),
                        Revision.V2025_11_25,
                        UnaryOperator.identity()),
                dual(
                        "hands out a session with every modern reply",
                        "dual/modern-mints-no-id",
                        "expected no session id in the reply to a modern request",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                var answer = super.modernPost(call);
                                return answer == null ? null : answer.with(SESSION_HEADER, newId());
                            }
                        }),
                dual(
                        "modern requests keep the session that they name alive",
                        "dual/modern-does-not-extend",
                        "but for modern requests with its id",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                var session = call.sessionId().map(sessions::get);
                                if (session.isPresent() && enter(session.get())) {
                                    leave(session.get());
                                }
                                return super.modernPost(call);
                            }
                        }),
                dual(
                        "a modern request that is refused ends the session that it names",
                        "dual/modern-leaves-sessions-alone",
                        "after modern requests that carried its id",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer refused(int status, ObjectNode error) {
                                return super.refused(status, error);
                            }

                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                var answer = super.modernPost(call);
                                if (answer != null && answer.status() >= 400) {
                                    call.sessionId()
                                            .map(sessions::get)
                                            .filter(s -> s.end(false, 0))
                                            .ifPresent(this::forget);
                                }
                                return answer;
                            }
                        }),
                dual(
                        "takes every request on a connection for one of the first one's era",
                        "dual/eras-side-by-side",
                        "between legacy requests",
                        () -> new DualToyServer() {
                            private final Set<Object> legacy = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer serve(Call call, ToySession session) throws Exception {
                                if (call.called().equals("ping")) {
                                    legacy.add(call.exchange().getConnection());
                                }
                                return super.serve(call, session);
                            }

                            @Override
                            protected boolean isModern(Call call) {
                                return super.isModern(call)
                                        && !legacy.contains(call.exchange().getConnection());
                            }
                        }),
                dual(
                        "offers the modern version after initialize",
                        "dual/initialize-for-modern",
                        "initialize, asked for 2026-07-28, offers 2026-07-28",
                        () -> new DualToyServer() {
                            @Override
                            protected boolean supports(String version) {
                                return Revision.find(version).isPresent();
                            }
                        }),
                dual(
                        "discovery lists the modern version alone",
                        "dual/versions-listed",
                        "leaves out 2025-11-25",
                        () -> new DualToyServer() {
                            @Override
                            protected List<String> supportedVersions() {
                                return List.of(REVISION);
                            }
                        }));
    }

    private static WrongServer dual(String name, String breaks, String says, Supplier<? extends DualToyServer> kind) {
        return new WrongServer(
                name, breaks, says, ToyServer.launcher(kind), Revision.V2025_11_25, UnaryOperator.identity());
    }
}
