package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.OwnedToyServer;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** Servers that break the rules of the area ownership, one each. */
final class OwnershipWrongServers {
    private OwnershipWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                owned(
                        "serves requests in the sessions of others",
                        "ownership/foreign-post",
                        "expected another user's POST ping with the id of session B to be rejected, but got 200",
                        () -> new Sharing(ToyServer.Call::isRequest)),
                owned(
                        "accepts notifications in the sessions of others",
                        "ownership/foreign-notification",
                        "expected another user's POST notifications/initialized with the id of session B to be "
                                + "rejected, "
                                + "but got 202",
                        () -> new Sharing(call -> call.method().equals("POST") && !call.isRequest())),
                owned(
                        "opens the streams of others",
                        "ownership/foreign-get",
                        "expected another user's GET with the id of session B to be rejected, but got 200 with an "
                                + "event stream",
                        () -> new Sharing(call -> call.method().equals("GET"))),
                owned(
                        "ends the sessions of others",
                        "ownership/foreign-delete",
                        "expected another user's DELETE with the id of session B to be rejected, but got 204",
                        () -> new Sharing(call -> call.method().equals("DELETE"))),
                owned(
                        "ends the sessions of others, and says that it did not find them",
                        "ownership/foreign-delete",
                        "expected session B to live after another user's DELETE",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer delete(Call call) throws Exception {
                                call.sessionId()
                                        .map(sessions::get)
                                        .filter(session -> !owns(call, session))
                                        .filter(session -> session.end(false, 0))
                                        .ifPresent(this::forget);
                                return super.delete(call);
                            }
                        }),
                owned(
                        "gives a session to whoever initializes with its id",
                        "ownership/foreign-initialize",
                        "to open another session, or none, but it was answered with that id",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer initialize(Call call) throws Exception {
                                var session =
                                        call.sessionId().map(sessions::get).orElse(null);
                                if (session == null || owns(call, session)) {
                                    return super.initialize(call);
                                }
                                owners.put(session.id, user(call).orElseThrow());
                                return again(call, session);
                            }
                        }),
                owned(
                        "answers 403 for the sessions of others",
                        "ownership/foreign-like-unknown",
                        "of this kit wants and the specification leaves open, but got 403",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return call.sessionId()
                                                .filter(sessions::containsKey)
                                                .isPresent()
                                        ? Answer.error(403, -32000, "Not your session")
                                        : super.unknownId(call);
                            }
                        }),
                owned(
                        "tells the sessions of others by the error",
                        "ownership/foreign-like-unknown",
                        "leaves open, but got -32001 \"Session of another user\"",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return call.sessionId()
                                                .filter(sessions::containsKey)
                                                .isPresent()
                                        ? Answer.error(404, -32001, "Session of another user")
                                        : super.unknownId(call);
                            }
                        }),
                owned(
                        "tells the sessions of others by GET",
                        "ownership/foreign-like-unknown",
                        "to another user's GET, as for an unknown id, which the session contract of this kit wants and"
                                + " the specification leaves open, but got 409",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer unknownId(Call call) {
                                return call.method().equals("GET")
                                                && call.sessionId()
                                                        .filter(sessions::containsKey)
                                                        .isPresent()
                                        ? Answer.error(409, -32000, "Conflict")
                                        : super.unknownId(call);
                            }
                        }),
                owned(
                        "extends a session before it looks at the user",
                        "ownership/foreign-does-not-extend",
                        "after only another user had sent requests",
                        () -> new OwnedToyServer() {
                            @Override
                            protected ToySession find(Call call) {
                                call.sessionId()
                                        .map(sessions::get)
                                        .filter(ToySession::enter)
                                        .ifPresent(ToySession::leave);
                                return super.find(call);
                            }
                        }),
                disturbed(
                        "lets another user cancel a call, and says that it did not find the session",
                        "to be answered, but the reply ended without a response",
                        call -> call.called().equals("notifications/cancelled")),
                disturbed(
                        "ends the calls of a session with another user's DELETE of it",
                        "to be answered, but the reply ended without a response",
                        call -> call.method().equals("DELETE")),
                owned(
                        "gives up a stream for another user's GET, and then looks at the user",
                        "ownership/foreign-beside-call",
                        "expected the GET stream of a session to stay open beside another user's requests",
                        GivesUpStreams::new),
                owned(
                        "takes a session id for a credential",
                        "ownership/id-is-no-credential",
                        "expected an anonymous POST ping with the id of session A to be rejected, but got 200",
                        () -> new Trusting(call -> call.method().equals("POST"))),
                owned(
                        "asks for credentials in POST alone",
                        "ownership/id-is-no-credential-get",
                        "expected an anonymous GET with the id of session A to be rejected, but got 200 with an "
                                + "event stream",
                        () -> new Trusting(call -> call.method().equals("GET"))),
                owned(
                        "lets anybody end a session",
                        "ownership/id-is-no-credential-delete",
                        "expected an anonymous DELETE with the id of session A to be rejected, but got 204",
                        () -> new Trusting(call -> call.method().equals("DELETE"))),
                owned(
                        "looks for the session before the token",
                        "ownership/invalid-token-401",
                        "expected status 401 to a request with the id of a live session and an invalid token, but "
                                + "got 404",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.sessionId().isPresent() ? unknownId(call) : super.unauthorized(call);
                            }
                        }),
                owned(
                        "asks for a token on initialize only, and says 403 after that",
                        "ownership/invalid-token-401",
                        "expected status 401 to a request with the id of a live session and an invalid token, but "
                                + "got 403",
                        () -> new OwnedToyServer() {
                            @Override
                            protected Answer unauthorized(Call call) {
                                return call.called().equals("initialize")
                                        ? super.unauthorized(call)
                                        : Answer.error(403, -32000, "Forbidden");
                            }
                        }),
                owned(
                        "names metadata that only users may read",
                        "ownership/resource-metadata",
                        "expected status 200 for the metadata of the resource, but got 401",
                        () -> new WithMetadata() {
                            @Override
                            Answer metadata(ObjectNode right) {
                                return Answer.of(401);
                            }
                        }),
                owned(
                        "names no authorization server",
                        "ownership/resource-metadata",
                        "expected authorization_servers to name at least one",
                        () -> new WithMetadata() {
                            @Override
                            Answer metadata(ObjectNode right) {
                                right.putArray("authorization_servers");
                                return Answer.json(200, right);
                            }
                        }));
    }

    /** Says where the metadata of the resource are, and has something there. */
    private abstract static class WithMetadata extends OwnedToyServer {
        private static final String PLACE = "/.well-known/oauth-protected-resource";

        abstract Answer metadata(ObjectNode right);

        @Override
        protected Answer answer(Call call) throws Exception {
            if (!call.exchange().getRequestPath().startsWith(PLACE)) {
                return super.answer(call);
            }
            var right = Json.object().put("resource", uri().toString());
            right.putArray("authorization_servers").add("https://login.example");
            return metadata(right);
        }

        @Override
        protected Answer unauthorized(Call call) {
            return Answer.of(401).with("WWW-Authenticate", "Bearer resource_metadata=\"" + uri().resolve(PLACE) + "\"");
        }
    }

    private static WrongServer owned(String name, String breaks, String says, Supplier<? extends OwnedToyServer> kind) {
        return WrongServer.toy(name, breaks, says, kind).told(OwnedToyServer::tell);
    }

    /** A server that ends the calls of a session for some requests of another user. */
    private static WrongServer disturbed(String name, String says, Predicate<ToyServer.Call> disturbs) {
        return owned(name, "ownership/foreign-beside-call", says, () -> new OwnedToyServer() {
            private final Map<String, AtomicInteger> disturbances = new ConcurrentHashMap<>();

            @Override
            protected Answer unknownId(Call call) {
                if (disturbs.test(call)) {
                    call.sessionId().ifPresent(id -> disturbances(id).incrementAndGet());
                }
                return super.unknownId(call);
            }

            private AtomicInteger disturbances(String id) {
                return disturbances.computeIfAbsent(id, key -> new AtomicInteger());
            }

            @Override
            protected Answer callTool(Call call, ToySession session) throws Exception {
                int before = disturbances(session.id).get();
                var answer = super.callTool(call, session);
                return before == disturbances(session.id).get() ? answer : Answer.stream(": over\n\n");
            }
        });
    }

    /** Ends the stream of a session for every GET with its id. */
    private static final class GivesUpStreams extends OwnedToyServer {
        private final Map<String, ToySession> streams = new ConcurrentHashMap<>();

        @Override
        protected Answer unknownId(Call call) {
            if (call.method().equals("GET")) {
                call.sessionId().map(streams::remove).ifPresent(stream -> stream.end(false, 0));
            }
            return super.unknownId(call);
        }

        @Override
        protected Answer get(Call call, ToySession session) throws Exception {
            var stream = new ToySession(session.id, session.version);
            streams.put(session.id, stream);
            return super.get(call, stream);
        }

        @Override
        protected void forget(ToySession session) {
            super.forget(session);
            Optional.ofNullable(streams.remove(session.id)).ifPresent(stream -> stream.end(false, 0));
        }
    }

    /** Lets every user use every session in some calls. */
    private static final class Sharing extends OwnedToyServer {
        private final Predicate<Call> which;

        Sharing(Predicate<Call> which) {
            this.which = which;
        }

        @Override
        protected boolean owns(Call call, ToySession session) {
            return which.test(call) || super.owns(call, session);
        }
    }

    /** Takes whoever knows the id of a session for its owner in some calls. */
    private static final class Trusting extends OwnedToyServer {
        private final Predicate<Call> which;

        Trusting(Predicate<Call> which) {
            this.which = which;
        }

        @Override
        protected Optional<String> user(Call call) {
            return call.header("Authorization").isPresent() || !which.test(call)
                    ? super.user(call)
                    : call.sessionId().map(owners::get);
        }
    }
}
