package dev.mcpsession.runner.cli.option;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.rules.CoreRules;
import java.util.Arrays;
import java.util.Iterator;

/** The ids of the kit's rules, for completion scripts; loaded only when they are asked for. */
public final class RuleIds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Catalogue.of(new CoreRules(), new ClientRules()).rules().stream()
                .map(RuleInfo::id)
                .sorted()
                .iterator();
    }

    /** The areas of the kit's rules. */
    static final class Areas implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Catalogue.of(new CoreRules(), new ClientRules()).rules().stream()
                    .map(RuleInfo::area)
                    .distinct()
                    .iterator();
        }
    }

    /** The levels. */
    static final class Levels implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Level.values()).map(Enum::name).iterator();
        }
    }

    /** The revisions. */
    static final class Revisions implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Revision.values()).map(Revision::wire).iterator();
        }
    }
}
