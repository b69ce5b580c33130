package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Servers that break the rules of the area configuration, one each. */
final class ConfigurationWrongServers {
    private ConfigurationWrongServers() {}

    static List<WrongServer> all() {
        return List.of(
                takingForNone(
                        "takes a timeout of zero for none",
                        "configuration/zero-refused",
                        "not to start with an idle timeout of zero",
                        "0"::equals),
                takingForNone(
                        "takes a negative timeout for none",
                        "configuration/negative-refused",
                        "not to start with a negative idle timeout",
                        text -> text.startsWith("-")),
                takingForNone(
                        "asks only whether the timeout is below zero",
                        "configuration/not-a-number-refused",
                        "not to start with the idle timeout NaN",
                        "NaN"::equals),
                takingForNone(
                        "takes infinity for a timeout",
                        "configuration/infinite-refused",
                        "not to start with the idle timeout Infinity",
                        "Infinity"::equals),
                configured(
                        "ignores the timeout in stateless mode",
                        "configuration/with-stateless-refused",
                        "not to start with an idle timeout in stateless mode",
                        settings -> settings.stateless() ? new LaunchSettings(Optional.empty(), true) : settings),
                new WrongServer(
                        "dies without a word",
                        "configuration/refusal-explained",
                        "without a word",
                        settings -> {
                            var launch = ToyServer.launcher(ToyServer::new).launch(settings);
                            return launch instanceof ServerLauncher.Refused
                                    ? new ServerLauncher.Refused("ended with status 1", "")
                                    : launch;
                        },
                        Revision.V2025_11_25,
                        UnaryOperator.identity()),
                refusing(
                        "takes timeouts of up to a minute only",
                        "configuration/positive-accepted",
                        "to start with an idle timeout of 30 min",
                        settings -> settings.idleTimeout()
                                .map(t -> t.milliseconds().length() > 5)
                                .orElse(false)),
                refusing(
                        "wants a timeout",
                        "configuration/absent-accepted",
                        "to start with no idle timeout",
                        settings -> settings.idleTimeout().isEmpty() && !settings.stateless()));
    }

    private static WrongServer takingForNone(String name, String breaks, String says, Predicate<String> milliseconds) {
        return configured(
                name,
                breaks,
                says,
                settings -> new LaunchSettings(
                        settings.idleTimeout().filter(t -> !milliseconds.test(t.milliseconds())),
                        settings.stateless()));
    }

    /** A server that makes of its settings what it likes. */
    private static WrongServer configured(
            String name, String breaks, String says, UnaryOperator<LaunchSettings> change) {
        return WrongServer.toy(name, breaks, says, () -> new ToyServer() {
            @Override
            protected void configure(LaunchSettings settings) {
                super.configure(change.apply(settings));
            }
        });
    }

    private static WrongServer refusing(String name, String breaks, String says, Predicate<LaunchSettings> refused) {
        return WrongServer.toy(name, breaks, says, () -> new ToyServer() {
            @Override
            protected void configure(LaunchSettings settings) {
                if (refused.test(settings)) {
                    throw new IllegalArgumentException("refused: "
                            + settings.idleTimeout()
                                    .map(IdleTimeoutSetting::milliseconds)
                                    .orElse("no timeout"));
                }
                super.configure(settings);
            }
        });
    }
}
