package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area transport, one each. */
final class TransportWrongServers {
    private TransportWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
