package dev.mcpsession.conformance.clients.rules;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.protocol.Revision.Era.LEGACY;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.clients.ClientUnderTest;
import dev.mcpsession.conformance.clients.stage.Scripts;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;

/** The fields that messages of a client share. */
public final class MessageRules {
    @Rule(
            id = "client/json-rpc",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "Each message of the client is a JSON-RPC 2.0 message",
            source = "basic, Messages")
    void jsonRpc(ClientUnderTest client) {
        for (var call : Messages.posts(client, client.play(Scripts.PLAIN))) {
            for (var message : call.messages()) {
                if (!Json.isVersion2(message)) {
                    throw client.violation(
                            "\"jsonrpc\":\"2.0\" in " + call.describe(),
                            message.has("jsonrpc") ? "it is " + message.get("jsonrpc") : "there is no jsonrpc",
                            call);
                }
                if (!Json.isResponse(message) && !message.path("method").isString()) {
                    throw client.violation(
                            "a method, or a result or an error, in " + call.describe(),
                            message.has("method") ? "the method is " + message.get("method") : "there is none",
                            call);
                }
            }
        }
    }

    @Rule(
            id = "client/progress-token",
            level = MUST,
            eras = {LEGACY, MODERN},
            title = "A progress token is a string or an integer",
            source = "basic/utilities/progress, Progress Flow; basic/patterns/progress, Progress Flow")
    void progressToken(ClientUnderTest client) {
        boolean looked = false;
        for (var call : Messages.posts(client, client.play(Scripts.PLAIN))) {
            for (var message : call.messages()) {
                var token = message.path("params").path("_meta").path("progressToken");
                if (token.isMissingNode()) {
                    continue;
                }
                looked = true;
                if (!Json.isStringOrInteger(token)) {
                    throw client.violation("a string or an integer as the progress token", "it is " + token, call);
                }
            }
        }
        if (!looked) {
            throw RuleAbortedException.notApplicable("no request of the client carries a progress token");
        }
    }
}
