package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area stateless, one each. */
final class StatelessWrongServers {
    private StatelessWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
