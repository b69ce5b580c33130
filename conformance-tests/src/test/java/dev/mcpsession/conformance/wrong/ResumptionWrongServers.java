package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area resumption, one each. */
final class ResumptionWrongServers {
    private ResumptionWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
