package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area modern, one each. */
final class ModernWrongServers {
    private ModernWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
