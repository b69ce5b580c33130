package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.servers.FullToyServer;
import dev.mcpsession.conformance.servers.GuardedToyServer;
import dev.mcpsession.conformance.servers.OwnedToyServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Servers that know users and do not ask everywhere who it is, or say so in the wrong way. */
final class ModernWrongServersWithUsers {
    private ModernWrongServersWithUsers() {}

    static List<WrongServer> all() {
        return Stream.of(everywhere(), tokens(), metadata())
                .flatMap(List::stream)
                .toList();
    }

    private static WrongServer guarded(
            String name, String breaks, String says, Supplier<? extends GuardedToyServer> kind) {
        return ModernWrongServers.modern(name, breaks, says, kind).told(OwnedToyServer::tell);
    }

    private static GuardedToyServer open(Predicate<FullToyServer.Call> calls) {
        return new GuardedToyServer() {
            @Override
            protected boolean isPublic(Call call) {
                return calls.test(call);
            }
        };
    }

    private static List<WrongServer> everywhere() {
        var rule = "modern/credentials-everywhere";
        return List.of(
                guarded(
                        "asks for credentials for discovery alone",
                        rule,
                        "expected tools/list to be refused without credentials",
                        () -> open(call -> !call.called().equals("server/discover"))),
                guarded(
                        "lets everybody call the tools that it shows to few",
                        rule,
                        "expected tools/call to be refused without credentials",
                        () -> open(call -> call.called().equals("tools/call"))),
                guarded(
                        "lets everybody read",
                        rule,
                        "expected resources/read to be refused without credentials",
                        () -> open(call -> call.called().equals("resources/read")
                                || call.called().equals("server/discover"))),
                guarded(
                        "lets everybody subscribe",
                        rule,
                        "expected subscriptions/listen to be refused without credentials",
                        () -> open(call -> call.called().equals("subscriptions/listen"))),
                guarded(
                        "lets everybody send notifications",
                        rule,
                        "expected a notification to be refused without credentials",
                        () -> open(call -> !call.isRequest())),
                guarded(
                        "knows a connection that showed a token before",
                        rule,
                        "to be refused without credentials, as server/discover is",
                        () -> new GuardedToyServer() {
                            private final Set<Object> known = ConcurrentHashMap.newKeySet();

                            @Override
                            protected Answer answer(Call call) throws Exception {
                                if (user(call).isPresent()) {
                                    known.add(call.exchange().getConnection());
                                }
                                return super.answer(call);
                            }

                            @Override
                            protected boolean isPublic(Call call) {
                                return !call.called().equals("server/discover")
                                        && known.contains(call.exchange().getConnection());
                            }
                        }));
    }

    private static List<WrongServer> tokens() {
        return List.of(
                guarded(
                        "403 for an invalid token",
                        "modern/invalid-token-401",
                        "expected status 401 for a call of server/discover",
                        () -> new GuardedToyServer() {
                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.header("Authorization").isPresent()
                                        ? Answer.of(403)
                                        : super.unauthorized(call);
                            }
                        }),
                guarded(
                        "any token will do for a list",
                        "modern/invalid-token-401",
                        "expected status 401 for a call of tools/list with an invalid token",
                        () -> open(call -> call.called().endsWith("/list")
                                && call.header("Authorization").isPresent())),
                guarded(
                        "400 for no token on a subscription",
                        "modern/no-token-401",
                        "expected status 401 for a call of subscriptions/listen without a token",
                        () -> new GuardedToyServer() {
                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.called().equals("subscriptions/listen")
                                        ? Answer.error(400, -32600, "Who are you?")
                                        : super.unauthorized(call);
                            }
                        }),
                guarded(
                        "a challenge for discovery alone",
                        "modern/no-token-401",
                        "the header WWW-Authenticate with the 401",
                        () -> new GuardedToyServer() {
                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.called().equals("server/discover")
                                        ? super.unauthorized(call)
                                        : Answer.of(401);
                            }
                        }));
    }

    private static List<WrongServer> metadata() {
        return List.of(
                guarded(
                        "metadata without an authorization server",
                        "modern/resource-metadata",
                        "authorization_servers to name at least one",
                        () -> new GuardedToyServer() {
                            @Override
                            protected ObjectNode metadata() {
                                var metadata = super.metadata();
                                metadata.putArray("authorization_servers");
                                return metadata;
                            }
                        }),
                guarded(
                        "names metadata that it keeps for users",
                        "modern/resource-metadata",
                        "expected status 200 for the metadata",
                        () -> new GuardedToyServer() {
                            @Override
                            protected String challenge() {
                                return super.challenge().replace(METADATA, METADATA + "-of-users");
                            }

                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.exchange().getRequestPath().endsWith("-of-users")
                                        ? Answer.of(404)
                                        : super.unauthorized(call);
                            }
                        }),
                guarded(
                        "challenges for refresh tokens",
                        "modern/no-offline-access",
                        "no scope offline_access in WWW-Authenticate",
                        () -> new GuardedToyServer() {
                            @Override
                            protected String challenge() {
                                return super.challenge().replace("toys:play", "toys:play offline_access");
                            }
                        }),
                guarded(
                        "supports a scope for refresh tokens",
                        "modern/no-offline-access",
                        "no scope offline_access in scopes_supported",
                        () -> new GuardedToyServer() {
                            @Override
                            protected ObjectNode metadata() {
                                var metadata = super.metadata();
                                metadata.withArray("scopes_supported").add("offline_access");
                                return metadata;
                            }
                        }),
                guarded(
                        "resources of each user, to be cached for all",
                        "modern/public-for-all",
                        "which may be cached for everybody",
                        () -> new GuardedToyServer() {
                            @Override
                            protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
                                return super.list(
                                        call,
                                        field,
                                        field.equals("resources")
                                                        && user(call)
                                                                .filter("bob"::equals)
                                                                .isPresent()
                                                ? items.subList(0, 1)
                                                : items);
                            }
                        }));
    }
}
