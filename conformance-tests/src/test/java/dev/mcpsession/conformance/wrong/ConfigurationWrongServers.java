package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area configuration, one each. */
final class ConfigurationWrongServers {
    private ConfigurationWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
