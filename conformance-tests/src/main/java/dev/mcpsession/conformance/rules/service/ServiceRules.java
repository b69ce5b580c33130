package dev.mcpsession.conformance.rules.service;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;

/** The server after the requests of many clients. */
public final class ServiceRules {
    private static final String EXPECTATION = "a new client to be served after the ordinary rules";

    @Rule(
            id = "service/serves-on",
            level = CONTRACT,
            eras = {LEGACY, MODERN},
            concluding = true,
            title = "After the ordinary requests of many clients, the server still serves a new one",
            source = "session contract, point 13")
    void servesOn(Client client) {
        var fresh = client.overNewConnections();
        if (!fresh.revision().isLegacy()) {
            var list = fresh.post(fresh.request("tools/list")).send().mustReply(EXPECTATION);
            list.mustHave(list.response().isPresent(), EXPECTATION, "tools/list was answered " + list.describeReply());
            return;
        }
        var opening =
                fresh.post(fresh.initialize()).send().mustReply(EXPECTATION).mustNotBeOverload(EXPECTATION);
        opening.mustHave(
                opening.result().isPresent(), EXPECTATION, "initialize was answered " + opening.describeReply());
        if (fresh.capabilities().sessions()) {
            var session = fresh.opened(opening);
            var ping = session.ping().send().mustReply(EXPECTATION);
            if (ping.status() == 404 && session.mayHaveExpiredBefore(ping)) {
                throw RuleAbortedException.inconclusive(
                        "the machine was too slow: a session may have expired before its first ping");
            }
            if (session.responseTo(ping, fresh.patience()).isEmpty()) {
                // A session may end at any time, so this has to show again.
                throw new Suspicion(
                        EXPECTATION, "ping in a session of its own was answered " + ping.describeReply(), ping);
            }
        }
    }
}
