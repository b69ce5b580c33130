package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area required, one each. */
final class RequiredWrongServers {
    private RequiredWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
