package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area ownership, one each. */
final class OwnershipWrongServers {
    private OwnershipWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
