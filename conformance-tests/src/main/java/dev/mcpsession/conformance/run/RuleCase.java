package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.util.Collection;
import java.util.List;

/** One rule in one revision: the unit that gets a verdict. */
public record RuleCase(RuleInfo rule, Revision revision) {

    /**
     * The cases of a rule on a server.
     *
     * @param spoken the revisions that the server speaks, oldest first
     */
    static List<RuleCase> of(RuleInfo rule, Collection<Revision> spoken) {
        var all = spoken.stream().filter(rule::holdsIn).toList();
        var judged = rule.once() && !all.isEmpty() ? List.of(all.get(all.size() - 1)) : all;
        return judged.stream().map(revision -> new RuleCase(rule, revision)).toList();
    }

    public Level level() {
        return rule.level(revision);
    }

    boolean isDisruptive() {
        return rule.disruptive();
    }

    @Override
    public String toString() {
        return rule.id() + " [" + revision + "]";
    }
}
