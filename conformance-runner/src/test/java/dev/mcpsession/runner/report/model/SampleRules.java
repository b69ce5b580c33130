package dev.mcpsession.runner.report.model;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.Requires;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;

/** Rules to make results with. */
public final class SampleRules {
    static final String SECRET = "hush-hush-hush";

    public static Catalogue catalogue() {
        return Catalogue.of(() -> List.of(SampleRules.class));
    }

    @Rule(id = "quick/leaks", level = Level.MUST, title = "Nothing secret is shown", source = "here")
    void leaks(Client client) {
        var session = client.open();
        var message = client.request("ping");
        message.put("token", SECRET);
        var exchange = session.post(message).header("Cookie", "id=" + SECRET).send();
        client.note("the token is " + SECRET);
        throw new Violation("no " + SECRET, "got " + SECRET + " and status " + exchange.status(), exchange);
    }

    @Rule(id = "quick/long", level = Level.SHOULD, title = "Long bodies are cut", source = "here")
    void longBody(Client client) {
        client.post(Json.notification("x".repeat(10_000))).send().status();
    }

    @Rule(
            id = "slow/waits",
            level = Level.CONTRACT,
            title = "Time passes",
            source = "here",
            requires = Requires.IDLE_TIMEOUT)
    void waits(Client client) {
        client.open();
        client.pause(Duration.ofMillis(50));
    }

    @Rule(id = "slow/none", level = Level.INFO, title = "Nothing is known", source = "here", requires = Requires.STRESS)
    void none(Client client) {
        throw new AssertionError("not reached");
    }
}
