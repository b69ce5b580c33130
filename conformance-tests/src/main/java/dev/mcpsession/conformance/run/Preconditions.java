package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.ServerCapabilities;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Requires;
import java.util.Optional;

/** Whether a server offers, and the kit was told, everything that a rule requires. */
final class Preconditions {
    private final RunContext run;

    Preconditions(RunContext run) {
        this.run = run;
    }

    /** The reason why a rule cannot be judged; empty where nothing is missing. */
    Optional<RuleAbortedException> unmet(RuleCase judged) {
        var capabilities = run.capabilities(judged.revision());
        for (var requirement : Requires.values()) {
            if (judged.rule().requires().contains(requirement)) {
                var unmet = unmet(requirement, capabilities, judged.revision());
                if (unmet.isPresent()) {
                    return unmet;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<RuleAbortedException> unmet(
            Requires requirement, ServerCapabilities capabilities, Revision revision) {
        var target = run.target();
        return switch (requirement) {
            case SESSIONS -> offered(capabilities.sessions(), requirement);
            case DELETE ->
                capabilities
                        .unknown(ServerCapabilities.Feature.DELETE)
                        .or(() -> capabilities.deleteOffered()
                                ? Optional.empty()
                                : Optional.of(RuleAbortedException.notApplicable(
                                        "the server does not let clients end a session: DELETE is answered "
                                                + capabilities.deleteStatus())));
            case GET_STREAM ->
                capabilities
                        .unknown(ServerCapabilities.Feature.GET_STREAM)
                        .or(() -> offered(capabilities.getStream(), requirement));
            case EVENT_IDS ->
                capabilities.eventIds()
                        ? Optional.empty()
                        : capabilities
                                .unknown(ServerCapabilities.Feature.EVENT_IDS)
                                .or(() -> offered(false, requirement));
            case TOOLS ->
                capabilities
                        .unknown(ServerCapabilities.Feature.TOOLS)
                        .or(() -> offered(!capabilities.tools().isEmpty(), requirement));
            case ONE_ERA ->
                capabilities
                        .unknown(ServerCapabilities.Feature.OTHER_ERA)
                        .or(() -> offered(!capabilities.dualEra(), requirement));
            case DUAL_ERA ->
                capabilities
                        .unknown(ServerCapabilities.Feature.OTHER_ERA)
                        .or(() -> offered(capabilities.dualEra(), requirement));
            case IDLE_TIMEOUT -> told(target.idleTimeout().isPresent(), requirement);
            case SLOW_TOOL -> told(target.slowTool().isPresent(), requirement).or(() -> listed(capabilities, revision));
            case LAUNCH -> told(target.launcher().isPresent(), requirement);
            case SECOND_PRINCIPAL -> told(!target.otherHeaders().isEmpty(), requirement);
            case LOOPBACK -> offered(target.isLoopback(), requirement);
            case CREDENTIALS -> told(!target.headers().isEmpty(), requirement);
            case BEARER_TOKEN -> told(target.hasBearerToken(), requirement);
            case NODES -> told(target.hasNodes(), requirement);
            case STORE -> told(target.store().isPresent(), requirement);
            case STRESS -> told(target.stress(), requirement);
        };
    }

    /** The slow tool must be listed in this revision, too. Where a legacy server's list fails, the tool is tried. */
    private Optional<RuleAbortedException> listed(ServerCapabilities capabilities, Revision revision) {
        var name = run.target().slowTool().orElseThrow().name();
        boolean known = capabilities.unknown(ServerCapabilities.Feature.TOOLS).isEmpty();
        if (capabilities.tools().contains(name) || !known && revision.era() == Revision.Era.LEGACY) {
            return Optional.empty();
        }
        return unmet(Requires.TOOLS, capabilities, revision)
                .or(() -> Optional.of(RuleAbortedException.notTestable(
                        "the server lists no tool '" + name + "' in this revision: see --slow-tool")));
    }

    private static Optional<RuleAbortedException> offered(boolean offered, Requires requirement) {
        return offered ? Optional.empty() : Optional.of(RuleAbortedException.notApplicable(requirement.otherwise()));
    }

    private static Optional<RuleAbortedException> told(boolean told, Requires requirement) {
        return told ? Optional.empty() : Optional.of(RuleAbortedException.notTestable(requirement.otherwise()));
    }
}
