package dev.mcpsession.conformance.clients.rules;

import dev.mcpsession.conformance.clients.ClientRuleSet;
import java.util.List;

/** The kit's rules about clients. */
public final class ClientRules implements ClientRuleSet {
    @Override
    public List<Class<?>> classes() {
        return List.of(
                SessionRules.class,
                LifecycleRules.class,
                SendingRules.class,
                MessageRules.class,
                StreamRules.class,
                FailureRules.class,
                ModernRules.class);
    }
}
