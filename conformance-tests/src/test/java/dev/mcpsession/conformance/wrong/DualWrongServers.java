package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.notMatching;
import static com.github.tomakehurst.wiremock.client.WireMock.post;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.DualToyServer;
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

    static List<WrongServer> all() {
        return List.of(
                dual("takes a modern request with the id of a session for a legacy one",
                        "dual/legacy-id-on-modern-request", "with the id of a session that lives",
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
                new WrongServer("a gateway that knows no such session", "dual/legacy-id-on-modern-request",
                        "with an id that names no session",
                        Proxied.stubbing(DualToyServer::new, proxy -> proxy.stubFor(post(anyUrl()).atPriority(1)
                                .withHeader("MCP-Protocol-Version", equalTo("2026-07-28"))
                                .withHeader("Mcp-Session-Id", matching("0f8fad5b-.*"))
                                .willReturn(aResponse().withStatus(404).withBody("Session not found")))),
                        Revision.V2025_11_25, UnaryOperator.identity()),
                dual("hands out a session with every modern reply", "dual/modern-mints-no-id",
                        "expected no session id in the reply to a modern request",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                var answer = super.modernPost(call);
                                return answer == null ? null : answer.with(SESSION_HEADER, newId());
                            }
                        }),
                dual("modern requests keep the session that they name alive", "dual/modern-does-not-extend",
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
                dual("a modern request that is refused ends the session that it names",
                        "dual/modern-leaves-sessions-alone", "after modern requests that carried its id",
                        () -> new DualToyServer() {
                            @Override
                            protected Answer refused(int status, ObjectNode error) {
                                return super.refused(status, error);
                            }

                            @Override
                            protected Answer modernPost(Call call) throws Exception {
                                var answer = super.modernPost(call);
                                if (answer != null && answer.status() >= 400) {
                                    call.sessionId().map(sessions::get).filter(s -> s.end(false, 0))
                                            .ifPresent(this::forget);
                                }
                                return answer;
                            }
                        }),
                dual("takes every request on a connection for one of the first one's era", "dual/eras-side-by-side",
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
                                return super.isModern(call) && !legacy.contains(call.exchange().getConnection());
                            }
                        }),
                dual("offers the modern version after initialize", "dual/initialize-for-modern",
                        "initialize, asked for 2026-07-28, offers 2026-07-28",
                        () -> new DualToyServer() {
                            @Override
                            protected boolean supports(String version) {
                                return Revision.find(version).isPresent();
                            }
                        }),
                dual("discovery lists the modern version alone", "dual/versions-listed", "leaves out 2025-11-25",
                        () -> new DualToyServer() {
                            @Override
                            protected List<String> supportedVersions() {
                                return List.of(REVISION);
                            }
                        }));
    }

    private static WrongServer dual(String name, String breaks, String says, Supplier<? extends DualToyServer> kind) {
        return new WrongServer(name, breaks, says, ToyServer.launcher(kind), Revision.V2025_11_25,
                UnaryOperator.identity());
    }
}
