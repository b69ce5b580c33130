package dev.mcpsession.conformance.rules.stateless;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.INFO;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_STATELESS_MODE;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.ServerLauncher.Refused;
import dev.mcpsession.conformance.target.ServerLauncher.Serving;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a server without sessions behaves in the legacy revisions: the server under test where it assigns no ids, else
 * another of its kind that is started in stateless mode.
 */
public final class StatelessRules {

    @Rule(
            id = "stateless/mints-no-id",
            level = CONTRACT,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "Without sessions, no reply carries a session id",
            source = "basic/transports, Session Management, item 1; session contract, point 1")
    void mintsNoId(Client client) {
        for (var reply : exchanges(working(client))) {
            mustBeServed(reply);
            reply.mustHave(
                    reply.sessionId().isEmpty(),
                    "no session id from a server without sessions",
                    "the reply to " + reply.describe() + " carries "
                            + reply.sessionId().orElse(""));
        }
    }

    @Rule(
            id = "stateless/serves-without-id",
            dependsOn = {"assignment/id-where-needed", "concurrency/second-session-opens"},
            level = CONTRACT,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "Without sessions, requests without a session id are served, from initialize on",
            source = "basic/transports, Session Management, items 1 and 2; session contract, point 1")
    void servesWithoutId(Client client) {
        for (var reply : exchanges(stateless(client))) {
            mustBeServed(reply);
            var expectation = reply.describe() + " without a session id to be served";
            reply.mustHave(reply.status() / 100 == 2, expectation, "got " + reply.describeReply());
            if (reply.requestId().isPresent() && reply.response().isEmpty()) {
                throw new Suspicion(expectation, "got " + reply.describeReply() + ", and no response", reply);
            }
        }
    }

    private static List<Exchange> exchanges(Client there) {
        var exchanges = new ArrayList<>(List.of(
                there.post(there.initialize()).send(),
                there.post(Json.notification("notifications/initialized")).send(),
                there.post(there.request("ping")).send()));
        if (!there.capabilities().tools().isEmpty()) {
            // Where there are no tools, their list may be refused with any status.
            exchanges.add(there.post(there.request("tools/list")).send());
        }
        return exchanges;
    }

    @Rule(
            id = "stateless/get-stream-or-405",
            level = MUST,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "Without sessions too, GET is answered with an event stream or 405",
            source = "basic/transports, Listening for Messages from the Server, item 3")
    void getStreamOr405(Client client) {
        var there = working(client);
        var get = there.get().open();
        if (!get.answered()) {
            throw RuleAbortedException.inconclusive("no head came to a GET, as it may not on a stream without events");
        }
        mustBeServed(get);
        get.mustHave(
                get.status() == 405 || get.status() == 200 && get.isEventStream(),
                "GET to be answered with an event stream or 405",
                "got " + get.describeReply());
        client.note(
                get.status() == 405
                        ? "GET is answered 405"
                        : "GET opens a stream, though there is no session that it" + " could belong to");
    }

    @Rule(
            id = "stateless/delete-refused",
            level = ADVICE,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "Without sessions there is nothing to end: DELETE is refused, best with 405",
            source = "basic/transports, Session Management, item 5")
    void deleteRefused(Client client) {
        var there = working(client);
        var delete = there.delete().send();
        mustBeServed(delete);
        delete.mustHave(
                delete.status() / 100 == 4 || delete.status() == 501,
                "DELETE to be refused where there are no sessions",
                "got " + delete.describeReply());
        client.note("DELETE is answered " + delete.status());
    }

    @Rule(
            id = "stateless/ignores-id",
            dependsOn = "assignment/id-where-needed",
            level = INFO,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "What a server without sessions does with a session id that a client sends",
            source = "basic/transports, Session Management, item 2")
    void ignoresId(Client client) {
        var there = stateless(client);
        int status = there.post(there.request("ping"))
                .withSessionId("left-from-another-server")
                .send()
                .status();
        client.note(
                status / 100 == 2
                        ? "a request with a session id is served like one without"
                        : "a request with a session id is answered " + status);
    }

    @Rule(
            id = "stateless/same-ids-do-not-cross",
            dependsOn = "concurrency/burst-answered",
            level = MUST,
            once = true,
            unless = NO_STATELESS_MODE,
            title = "Without sessions, requests of different clients with the same JSON-RPC id each get their own "
                    + "response",
            source = "basic, Responses")
    void sameIdsDoNotCross(Client client) {
        var there = stateless(client);
        var alone = there.post(there.request("ping")).send();
        mustBeServed(alone);
        if (alone.status() == 200 && alone.error().isPresent()) {
            throw RuleAbortedException.inconclusive("ping brings no result: see transport/ping-answered");
        }
        var replies = there.sendAll(12, i -> there.post(Json.request(1, i % 2 == 0 ? "ping" : "no/such/method")));
        int whole = 0;
        for (int i = 0; i < replies.size(); i++) {
            var reply = replies.get(i);
            mustBeServed(reply);
            boolean ping = i % 2 == 0;
            // A refusal of the request as a whole is no response to another.
            if (reply.status() == 200 && reply.response().isPresent()) {
                whole++;
                reply.mustHave(
                        reply.result().isPresent() == ping,
                        (ping ? "the result of ping" : "an error for an unknown method")
                                + ", beside requests with the same id",
                        "got " + reply.response().get());
            }
        }
        if (whole < 2) {
            throw RuleAbortedException.inconclusive(
                    "requests without a session id are not served: see stateless/serves-without-id");
        }
    }

    /**
     * As {@link #stateless}, where initialize is known to work: what refuses everything tells nothing.
     *
     * @throws RuleAbortedException if it does not
     */
    private static Client working(Client client) {
        var there = stateless(client);
        var opening = there.post(there.initialize()).send();
        if (opening.status() != 200 || opening.result().isEmpty()) {
            throw RuleAbortedException.inconclusive("initialize was answered " + opening.describeReply());
        }
        if (there.post(there.request("ping")).send().status() / 100 == 4) {
            throw RuleAbortedException.inconclusive(
                    "requests without a session id are not served: see stateless/serves-without-id");
        }
        return there;
    }

    /** Checks that a reply came, and none that an overloaded server gives to anything. */
    private static void mustBeServed(Exchange exchange) {
        var expectation = "the server to answer " + exchange.describe();
        exchange.mustReply(expectation).mustNotBeOverload(expectation);
    }

    /**
     * A client of a server without sessions.
     *
     * @throws RuleAbortedException if there is none
     */
    private static Client stateless(Client client) {
        if (!client.capabilities().sessions()) {
            return client;
        }
        if (client.target().launcher().isEmpty()) {
            throw RuleAbortedException.notTestable(
                    "the server has sessions; for its stateless mode, " + Requires.LAUNCH.otherwise());
        }
        var launch = client.launch(new LaunchSettings(Optional.empty(), true));
        if (!(launch instanceof Serving server)) {
            if (launch instanceof Refused refused && !refused.ended()) {
                throw RuleAbortedException.inconclusive(
                        "in stateless mode the server " + refused.how() + ": see --start-within");
            }
            throw RuleAbortedException.notApplicable(
                    NO_STATELESS_MODE, launch.output().strip());
        }
        var there = client.at(server.uri());
        var opening = there.post(there.initialize()).send();
        // A server that wants the id back is not in that mode; one that never does tells the modes not apart.
        if (opening.sessionId().isPresent() && (!needsNoId(there) || needsNoId(client))) {
            throw RuleAbortedException.notTestable(
                    "a server that was started in stateless mode assigned a session id, as one with "
                            + "sessions does; see --launch for how a command passes the mode on");
        }
        return there;
    }

    private static boolean needsNoId(Client client) {
        return client.post(client.request("ping")).send().status() / 100 == 2;
    }
}
