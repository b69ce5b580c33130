package dev.mcpsession.conformance.rules.configuration;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Unless.SETTING_ACCEPTED;
import static dev.mcpsession.conformance.rule.Requires.LAUNCH;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher.Launch;
import dev.mcpsession.conformance.target.ServerLauncher.Refused;
import dev.mcpsession.conformance.target.ServerLauncher.Serving;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which idle timeouts a server accepts, and which it refuses to start with. */
public final class ConfigurationRules {
    /** The idle timeout to start servers with where the target's own is not known. */
    private static final Duration SOME_TIMEOUT = Duration.ofSeconds(1);

    private static final IdleTimeoutSetting ZERO = IdleTimeoutSetting.ofMillis(0);

    // ---- refused ----

    @Rule(
            id = "configuration/zero-refused",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server does not start with an idle timeout of zero",
            source = "session contract, point 1")
    void zeroRefused(Client client) {
        mustBeRefused(client, ZERO, "an idle timeout of zero");
    }

    @Rule(
            id = "configuration/negative-refused",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server does not start with a negative idle timeout",
            source = "session contract, point 1")
    void negativeRefused(Client client) {
        mustBeRefused(client, IdleTimeoutSetting.ofMillis(-1000), "a negative idle timeout");
    }

    @Rule(
            id = "configuration/not-a-number-refused",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server does not start with an idle timeout that is not a number",
            source = "session contract, point 1")
    void notANumberRefused(Client client) {
        // The first is a number to many parsers, and neither above nor below zero.
        mustBeRefused(client, IdleTimeoutSetting.verbatim("NaN"), "the idle timeout NaN");
        mustBeRefused(client, IdleTimeoutSetting.verbatim("soon"), "the idle timeout 'soon'");
    }

    @Rule(
            id = "configuration/infinite-refused",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server does not start with an infinite idle timeout",
            source = "session contract, point 1")
    void infiniteRefused(Client client) {
        mustBeRefused(client, IdleTimeoutSetting.verbatim("Infinity"), "the idle timeout Infinity");
    }

    @Rule(
            id = "configuration/with-stateless-refused",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server does not start with an idle timeout in stateless mode",
            source = "session contract, point 1")
    void withStatelessRefused(Client client) {
        var launch = launch(client, new LaunchSettings(Optional.of(someTimeout(client)), true));
        if (launch instanceof Serving server) {
            var accepted = accepted(client, server, "an idle timeout in stateless mode");
            mustHaveStatelessMode(client);
            mustHeedTimeouts(client);
            throw accepted;
        }
    }

    @Rule(
            id = "configuration/refusal-explained",
            level = ADVICE,
            once = true,
            requires = {SESSIONS, LAUNCH},
            unless = SETTING_ACCEPTED,
            title = "A server that refuses its idle timeout says so",
            source = "session contract, point 1")
    void refusalExplained(Client client) {
        mustExplain(
                client.launch(LaunchSettings.withIdleTimeout(ZERO)),
                "time.?out|idle",
                "an idle timeout of zero to be refused with a message about it");
        mustExplain(
                client.launch(new LaunchSettings(Optional.of(someTimeout(client)), true)),
                "time.?out|idle|stateless",
                "an idle timeout in stateless mode to be refused with a message about it");
    }

    private static void mustExplain(Launch launch, String words, String expectation) {
        if (!(launch instanceof Refused refused)) {
            throw RuleAbortedException.notApplicable(SETTING_ACCEPTED);
        }
        if (!Pattern.compile(words, Pattern.CASE_INSENSITIVE)
                .matcher(refused.output())
                .find()) {
            if (!refused.ended()) {
                throw tooSlow(refused);
            }
            // It may have ended for another reason, such as a port that somebody else has taken meanwhile.
            var said = refused.output().strip();
            throw new Suspicion(
                    expectation,
                    "it " + refused.how() + (said.isEmpty() ? " without a word" : " and said: " + clipped(said)),
                    null);
        }
    }

    /**
     * Starts a server that should not serve. One that neither serves nor ends has refused too, unless the machine is
     * slow: then a server with proper settings takes long as well.
     *
     * @throws RuleAbortedException if that cannot be told apart
     */
    private static Launch launch(Client client, LaunchSettings settings) {
        long begun = System.nanoTime();
        var launch = client.launch(settings);
        if (launch instanceof Refused refused && !refused.ended()) {
            long waited = System.nanoTime() - begun;
            long proper = System.nanoTime();
            if (!(client.launch(LaunchSettings.withIdleTimeout(someTimeout(client))) instanceof Serving)
                    || (System.nanoTime() - proper) * 3 > waited) {
                throw tooSlow(refused);
            }
        }
        return launch;
    }

    private static RuleAbortedException tooSlow(Refused refused) {
        return RuleAbortedException.inconclusive(
                "the server " + refused.how() + ", which may be for slowness: see --start-within");
    }

    private static void mustBeRefused(Client client, IdleTimeoutSetting setting, String what) {
        if (launch(client, LaunchSettings.withIdleTimeout(setting)) instanceof Serving server) {
            var accepted = accepted(client, server, what);
            mustHeedTimeouts(client);
            throw accepted;
        }
    }

    /** The violation to throw if the setting has an effect; shows that the server serves. */
    private static Violation accepted(Client client, Serving server, String what) {
        var there = client.at(server.uri());
        var opening = there.post(there.initialize()).send();
        return new Violation("the server not to start with " + what, "it serves", opening);
    }

    /**
     * Checks that the timeout which the launcher is given reaches the server: one that is ignored cannot be refused.
     *
     * @throws RuleAbortedException if that does not show
     */
    private static void mustHeedTimeouts(Client client) {
        var timeout = timeout(client);
        if (!(client.launch(LaunchSettings.withIdleTimeout(someTimeout(client))) instanceof Serving server)) {
            throw RuleAbortedException.inconclusive(
                    "the server did not start with an idle timeout of " + timeout.toMillis() + " ms either");
        }
        var session = client.at(server.uri()).open();
        session.idleFor(
                timeout.multipliedBy(101).dividedBy(100).plus(client.target().reapLag()));
        if (session.ping().send().status() / 100 == 2) {
            throw RuleAbortedException.notTestable("a server that was started with an idle timeout of "
                    + timeout.toMillis() + " ms did not heed it; see --launch for how a command passes it on");
        }
    }

    /**
     * Checks that servers can be started in stateless mode.
     *
     * @throws RuleAbortedException if that does not show
     */
    private static void mustHaveStatelessMode(Client client) {
        if (!(client.launch(new LaunchSettings(Optional.empty(), true)) instanceof Serving server)) {
            throw RuleAbortedException.inconclusive(
                    "the server did not start in stateless mode without an idle timeout");
        }
        var there = client.at(server.uri());
        if (there.post(there.initialize()).send().sessionId().isPresent()) {
            throw RuleAbortedException.notTestable(
                    "a server that was started in stateless mode assigned a session id; see --launch"
                            + " for how a command passes the mode on");
        }
    }

    // ---- accepted ----

    @Rule(
            id = "configuration/positive-accepted",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server starts with a positive idle timeout, be it short or long, and serves",
            source = "session contract, point 1")
    void positiveAccepted(Client client) {
        mustServe(client, LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(2_000)), "an idle timeout of 2 s");
        mustServe(
                client,
                LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(1_800_000)),
                "an idle timeout of 30 min");
    }

    @Rule(
            id = "configuration/absent-accepted",
            level = CONTRACT,
            once = true,
            requires = {SESSIONS, LAUNCH},
            title = "A server starts without an idle timeout, and serves",
            source = "session contract, point 1")
    void absentAccepted(Client client) {
        mustServe(client, LaunchSettings.withoutIdleTimeout(), "no idle timeout");
    }

    private static void mustServe(Client client, LaunchSettings settings, String what) {
        var launch = client.launch(settings);
        if (launch instanceof Refused refused) {
            if (!refused.ended()) {
                throw tooSlow(refused);
            }
            throw new Suspicion(
                    "the server to start with " + what,
                    "it " + refused.how() + ": " + clipped(refused.output().strip()),
                    null);
        }
        client.at(((Serving) launch).uri()).open().mustBeAlive("on a server started with " + what);
    }

    private static Duration timeout(Client client) {
        return client.target().idleTimeout().orElse(SOME_TIMEOUT);
    }

    private static IdleTimeoutSetting someTimeout(Client client) {
        return IdleTimeoutSetting.ofMillis(timeout(client).toMillis());
    }

    /** The end of a text, where an error usually is. */
    private static String clipped(String text) {
        return Text.end(text, 300);
    }
}
