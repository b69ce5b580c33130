package dev.mcpsession.conformance.clients.servers;

import dev.mcpsession.conformance.rule.Catalogue;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The rules about servers that a trace alone can decide: those of the catalogue, judged in another way. */
public final class TraceRules {
    private static final Map<String, Method> METHODS =
            List.of(SessionTraceRules.class, MessageTraceRules.class).stream()
                    .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                    .filter(method -> method.isAnnotationPresent(ByTrace.class))
                    .collect(Collectors.toUnmodifiableMap(
                            m -> m.getAnnotation(ByTrace.class).value(), m -> m));

    private TraceRules() {}

    /** Their ids. */
    public static Set<String> ids() {
        return METHODS.keySet();
    }

    /** Those rules of a catalogue of servers, for a suite that judges a trace. */
    public static Catalogue of(Catalogue servers) {
        return servers.judgedBy(METHODS);
    }
}
