package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area load, one each. */
final class LoadWrongServers {
    private LoadWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
