package dev.mcpsession.conformance.wrong;

import java.util.List;

/** Servers that break the rules of the area assignment, one each. */
final class AssignmentWrongServers {
    private AssignmentWrongServers() {}

    static List<WrongServer> all() {
        return List.of();
    }
}
