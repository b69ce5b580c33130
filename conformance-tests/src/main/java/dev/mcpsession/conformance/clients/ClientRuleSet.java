package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.rule.RuleSet;

/**
 * A set of rules for clients, found with {@link java.util.ServiceLoader}. A jar with rules of its own names its
 * implementation in {@code META-INF/services/dev.mcpsession.conformance.clients.ClientRuleSet}.
 */
public interface ClientRuleSet extends RuleSet {}
