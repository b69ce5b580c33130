package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.target.Target;
import java.util.List;
import java.util.Set;

/**
 * A run to be made.
 *
 * @param rules the rules to judge, in the order of the results
 * @param revisions the revisions to ask the server for
 * @param listener told of the progress, by several threads
 * @param faultInjection holds exchanges up, as a slow machine does; for tests
 */
public record RunRequest(
        Target target,
        List<RuleInfo> rules,
        Set<Revision> revisions,
        RunListener listener,
        FaultInjection faultInjection) {}
