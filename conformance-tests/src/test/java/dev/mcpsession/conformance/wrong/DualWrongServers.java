package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area dual, one each. */
final class DualWrongServers {
    private DualWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
