package dev.mcpsession.conformance.engine;

import dev.mcpsession.conformance.http.FaultInjection;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleInfo;
import dev.mcpsession.conformance.run.RunListener;
import dev.mcpsession.conformance.run.RunRequest;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.engine.ConfigurationParameters;
import org.junit.platform.engine.EngineDiscoveryRequest;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.discovery.UniqueIdSelector;
import tools.jackson.databind.node.ObjectNode;

/**
 * The configuration parameters of the JUnit Platform that tell the engine what to judge, such as in
 * {@code junit-platform.properties}, or as system properties. Without {@value #TARGET} the engine has no tests. Build
 * tools begin only where a project has a test class at least.
 */
public final class EngineParameters {
    /**
     * The server: the URL of its MCP endpoint, or the name of a class with a constructor without parameters that
     * implements {@code Supplier<Target>}. The supplier is asked when the run begins; one that is {@link AutoCloseable}
     * is closed when the run is over.
     */
    public static final String TARGET = "mcpsession.target";

    /** The idle timeout of the server, as in {@code 300ms}, {@code 1s} or {@code 5m}; for a target that is a URL. */
    public static final String IDLE_TIMEOUT = "mcpsession.idle-timeout";

    /** The time by which the server may reap late, as in {@code 250ms}; for a target that is a URL. */
    public static final String REAP_LAG = "mcpsession.reap-lag";

    /**
     * A tool that takes longer than the idle timeout, as {@code NAME} or {@code NAME={JSON}}; for a target that is a
     * URL.
     */
    public static final String SLOW_TOOL = "mcpsession.slow-tool";

    /**
     * The rules to judge by: ids, names without their area, or patterns with {@code *}, separated by commas; all by
     * default.
     */
    public static final String RULES = "mcpsession.rules";

    /** The revisions to judge, separated by commas; all by default. */
    public static final String REVISIONS = "mcpsession.revisions";

    private static final Pattern SPAN = Pattern.compile("([0-9]{1,9}) ?(ms|s|m)");

    private final ConfigurationParameters parameters;

    private EngineParameters(ConfigurationParameters parameters) {
        this.parameters = parameters;
    }

    /** Reads the parameters; empty where they name no target. */
    static Optional<EngineParameters> of(ConfigurationParameters parameters) {
        return parameters.get(TARGET).filter(target -> !target.isBlank()).map(t -> new EngineParameters(parameters));
    }

    /** What {@value #TARGET} names. */
    String target() {
        return parameters.get(TARGET).orElseThrow().strip();
    }

    /** The ids below which tests are selected; empty where all are. */
    static List<UniqueId> selected(EngineDiscoveryRequest request, UniqueId engine) {
        return request.getSelectorsByType(UniqueIdSelector.class).stream()
                .map(UniqueIdSelector::getUniqueId)
                .filter(id -> id.hasPrefix(engine))
                .toList();
    }

    /**
     * The rules that {@value #RULES} chooses.
     *
     * @throws JUnitException if one of its patterns chooses none
     */
    List<RuleInfo> rules() {
        var all = Catalogue.load(Thread.currentThread().getContextClassLoader()).rules();
        var patterns = parameters.get(RULES).map(EngineParameters::words).orElse(List.of("*"));
        for (var pattern : patterns) {
            if (all.stream().noneMatch(rule -> matches(pattern, rule))) {
                throw new JUnitException(RULES + " chooses no rule by '" + pattern + "'");
            }
        }
        return all.stream()
                .filter(rule -> patterns.stream().anyMatch(pattern -> matches(pattern, rule)))
                .toList();
    }

    private static boolean matches(String pattern, RuleInfo rule) {
        // A name without its area will do, as on the command line.
        var name = pattern.contains("/") || pattern.contains("*")
                ? rule.id()
                : rule.id().substring(rule.id().indexOf('/') + 1);
        return name.matches(Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .reduce((one, next) -> one + ".*" + next)
                .orElseThrow());
    }

    /**
     * The revisions that {@value #REVISIONS} names.
     *
     * @throws IllegalArgumentException if one is not known
     */
    Set<Revision> revisions() {
        var all = EnumSet.noneOf(Revision.class);
        parameters
                .get(REVISIONS)
                .map(EngineParameters::words)
                .ifPresent(words -> words.forEach(w -> all.add(Revision.of(w))));
        return all.isEmpty() ? EnumSet.allOf(Revision.class) : all;
    }

    /** Finds the target, and starts it if its supplier does so. */
    EngineRun start(List<RuleInfo> rules, Set<Revision> revisions) {
        var named = target();
        if (named.toLowerCase(Locale.ROOT).startsWith("http")) {
            return new EngineRun(request(at(URI.create(named)), rules, revisions), () -> {});
        }
        var supplier = supplier(named);
        return new EngineRun(
                request(supplier.get(), rules, revisions),
                supplier instanceof AutoCloseable closeable ? closeable : () -> {});
    }

    private static RunRequest request(Target target, List<RuleInfo> rules, Set<Revision> revisions) {
        return new RunRequest(target, rules, revisions, new RunListener() {}, FaultInjection.NONE);
    }

    private Target at(URI uri) {
        var target = Target.at(uri);
        parameters.get(IDLE_TIMEOUT).map(text -> span(IDLE_TIMEOUT, text)).ifPresent(target::idleTimeout);
        parameters.get(REAP_LAG).map(text -> span(REAP_LAG, text)).ifPresent(target::reapLag);
        parameters.get(SLOW_TOOL).ifPresent(text -> {
            var parts = text.strip().split("=", 2);
            var arguments =
                    parts.length == 1 ? Json.object() : Json.read(parts[1]).orElse(null);
            if (!(arguments instanceof ObjectNode object)) {
                throw new JUnitException(SLOW_TOOL + " has arguments that are no JSON object: " + parts[1]);
            }
            target.slowTool(new SlowTool(parts[0], object));
        });
        return target.build();
    }

    @SuppressWarnings("unchecked")
    private static Supplier<Target> supplier(String name) {
        try {
            var type = Class.forName(name, true, Thread.currentThread().getContextClassLoader());
            return (Supplier<Target>) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new JUnitException(
                    TARGET + " is neither a URL nor a class that implements Supplier<Target> and has a"
                            + " public constructor without parameters: " + name,
                    e);
        }
    }

    private static Duration span(String name, String text) {
        var match = SPAN.matcher(text.strip());
        if (!match.matches()) {
            throw new JUnitException(name + " must be a span such as 300ms, 1s or 5m, not '" + text + "'");
        }
        long count = Long.parseLong(match.group(1));
        return switch (match.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            default -> Duration.ofMinutes(count);
        };
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(w -> !w.isEmpty())
                .toList();
    }
}
