package dev.mcpsession.conformance.rule;

import java.util.List;

/**
 * A set of rules, found with {@link java.util.ServiceLoader}. A jar with rules of its own names its implementation in
 * {@code META-INF/services/dev.mcpsession.conformance.rule.RuleSet}.
 */
public interface RuleSet {
    /** The classes whose methods carry {@link Rule}. */
    List<Class<?>> classes();
}
