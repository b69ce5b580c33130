package com.example.rules;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rule.RuleSet;
import java.util.List;

/** Rules of a house that wants more than the specification does. */
public final class ExampleRules implements RuleSet {
    @Override
    public List<Class<?>> classes() {
        return List.of(ExampleRules.class);
    }

    @Rule(
            id = "example/id-is-short",
            level = Level.ADVICE,
            requires = Requires.SESSIONS,
            title = "A session id has at most 128 characters, so that it fits the columns of our logs",
            source = "house rules, section 7")
    void idIsShort(Client client) {
        var session = client.open();
        int length = session.id().length();
        session.opening().mustHave(length <= 128, "a session id of at most 128 characters", "it has " + length);
    }

    @Rule(
            id = "example/ping-is-empty",
            level = Level.SHOULD,
            title = "The result of ping is an empty object",
            source = "basic/utilities/ping",
            requires = Requires.SESSIONS)
    void pingIsEmpty(Client client) {
        var ping = client.open().ping().send();
        ping.mustHaveStatus(200, "to a ping");
        ping.mustHave(
                ping.result().map(r -> r.isEmpty()).orElse(false), "an empty result", "got " + ping.describeReply());
    }
}
