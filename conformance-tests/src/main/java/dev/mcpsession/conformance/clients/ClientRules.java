package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.rules.FailureRules;
import dev.mcpsession.conformance.clients.rules.LifecycleRules;
import dev.mcpsession.conformance.clients.rules.ModernRules;
import dev.mcpsession.conformance.clients.rules.SendingRules;
import dev.mcpsession.conformance.clients.rules.SessionRules;
import dev.mcpsession.conformance.clients.rules.StreamRules;
import dev.mcpsession.conformance.rule.RuleSet;
import java.util.List;

/** The kit's rules about clients. */
public final class ClientRules implements RuleSet {
    @Override
    public List<Class<?>> classes() {
        return List.of(SessionRules.class, LifecycleRules.class, SendingRules.class, StreamRules.class, FailureRules.class,
                ModernRules.class);
    }
}
