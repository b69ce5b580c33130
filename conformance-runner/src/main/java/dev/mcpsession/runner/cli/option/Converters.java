package dev.mcpsession.runner.cli.option;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.target.SlowTool;
import dev.mcpsession.server.cli.Durations;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/**
 * Reads the values of options and of target files. All of them throw {@link IllegalArgumentException} with the
 * reason.
 */
public final class Converters {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

    /** A host and a port, or this machine, where a URL is due. */
    private static final Pattern WITHOUT_SCHEME =
            Pattern.compile("(localhost(:\\d+)?|[A-Za-z0-9.-]+:\\d+|\\[[0-9A-Fa-f:]+](:\\d+)?|\\d+(\\.\\d+){3})(/.*)?");

    private static final Pattern UNDERSCORE = Pattern.compile("(?i)https?://[^/?#@]*_[^/?#@]*(?:[/?#]|$)");

    private static final Pattern ONE_SLASH = Pattern.compile("(https?):/(?=[^/])", Pattern.CASE_INSENSITIVE);
    private static final Pattern WEB_SOCKET = Pattern.compile("ws(s?)://", Pattern.CASE_INSENSITIVE);
    private static final Pattern BARE_IPV6 =
            Pattern.compile("https?://[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/.*)?", Pattern.CASE_INSENSITIVE);

    private static final int MAX_PORT = 65_535;

    private Converters() {}

    public static Duration positive(String text) {
        var duration = Durations.parse(text);
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("it must be positive, not " + text.strip());
        }
        return duration;
    }

    public static Duration notNegative(String text) {
        var duration = Durations.parse(text);
        if (duration.isNegative()) {
            throw new IllegalArgumentException("it must not be negative, but is " + text.strip());
        }
        return duration;
    }

    /** A duration as options and target files take it. */
    public static String text(Duration span) {
        long millis = span.toMillis();
        return millis > 0 && millis % 60_000 == 0
                ? millis / 60_000 + "m"
                : millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    static int count(String text) {
        try {
            int count = Integer.parseInt(text.strip());
            if (count >= 1) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException("it must be a whole number of at least 1, not " + text.strip());
    }

    static double rate(String text) {
        try {
            double rate = Double.parseDouble(text.strip());
            if (rate > 0 && Double.isFinite(rate)) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException("it must be a number greater than 0, not " + text.strip());
    }

    /** An http or https URL without a user in it. */
    public static URI url(String text) {
        if (WITHOUT_SCHEME.matcher(text.strip()).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' lacks http:// or https:// before the host; is http://" + text.strip() + " meant?");
        }
        var slash = ONE_SLASH.matcher(text.strip());
        if (slash.lookingAt()) {
            throw new IllegalArgumentException(
                    "'" + text + "' lacks a slash after the scheme; is " + slash.replaceFirst("$1://") + " meant?");
        }
        var socket = WEB_SOCKET.matcher(text.strip());
        if (socket.lookingAt()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is a URL of a WebSocket, and MCP has no such transport; is "
                            + socket.replaceFirst("http$1://") + " meant?");
        }
        if (BARE_IPV6.matcher(text.strip()).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' has an IPv6 address without brackets; write for example http://[::1]:8000/mcp");
        }
        URI uri;
        try {
            uri = new URI(text.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + text + "' is no URL: " + e.getReason(), e);
        }
        var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (scheme.matches("https?") && UNDERSCORE.matcher(text.strip()).lookingAt()) {
            throw new IllegalArgumentException("'" + text + "' has an underscore in the name of its host, which"
                    + " such a name may not have (RFC 1123), and Java does not connect to: give its address, or another"
                    + " name of it");
        }
        if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "'" + text + "' is neither a command nor a URL such as http://127.0.0.1:8000/mcp");
        }
        if (uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("the port must be from 1 to " + MAX_PORT + ", not " + uri.getPort());
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("the URL must not hold credentials; give them with --header");
        }
        if (uri.getRawFragment() != null) {
            throw new IllegalArgumentException("the URL must not have a fragment: #" + uri.getRawFragment());
        }
        return uri;
    }

    public static Header header(String text, Map<String, String> environment) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("it must have the form 'Name: value'");
        }
        return header(text.substring(0, colon), text.substring(colon + 1), environment);
    }

    /** A header; {@code ${NAME}} in its value stands for an environment variable. */
    public static Header header(String name, String value, Map<String, String> environment) {
        if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw new IllegalArgumentException("'" + name + "' is no name of a header");
        }
        var reserved = reserved(name.toLowerCase(Locale.ROOT));
        if (reserved != null) {
            throw new IllegalArgumentException(name + " cannot be given: " + reserved);
        }
        var filled = VARIABLE.matcher(value)
                .replaceAll(m -> {
                    var variable = environment.get(m.group(1));
                    if (variable == null) {
                        throw new IllegalArgumentException("the environment variable " + m.group(1) + " is not set");
                    }
                    return java.util.regex.Matcher.quoteReplacement(variable);
                })
                .strip();
        if (filled.chars().anyMatch(c -> c < 0x20 && c != '\t' || c == 0x7f)) {
            throw new IllegalArgumentException("the value of " + name + " has a control character in it");
        }
        return new Header(name, filled);
    }

    /** Why a header is none that users can give; null if it is one. */
    private static @Nullable String reserved(String name) {
        return switch (name) {
            case "mcp-session-id" -> "the kit opens sessions of its own, and the rules judge what becomes of their ids";
            case "mcp-protocol-version" ->
                "the kit sends it itself, for each revision that it judges; choose some with --revision";
            case "mcp-method", "mcp-name", "last-event-id", "accept", "content-type" ->
                "the kit sends it itself, as the protocol and each rule demand it";
            case "content-length",
                    "transfer-encoding",
                    "connection",
                    "keep-alive",
                    "upgrade",
                    "expect",
                    "te",
                    "trailer",
                    "host" -> "HTTP sets it for each request, from the URL and the body";
            case "content-encoding", "accept-encoding" -> "the kit neither sends nor reads bodies that are compressed";
            default ->
                name.startsWith("mcp-param-")
                        ? "the kit sends it itself, as the tools of the server and each rule demand it"
                        : null;
        };
    }

    public static SlowTool slowTool(String text) {
        int sign = text.indexOf('=');
        var name = sign < 0 ? text : text.substring(0, sign);
        if (name.isBlank() || name.stripLeading().startsWith("{")) {
            throw new IllegalArgumentException("it must have the form NAME={…}, with the arguments as a JSON object");
        }
        return slowTool(
                name,
                sign < 0 ? Json.object() : Json.read(text.substring(sign + 1)).orElse(null));
    }

    public static SlowTool slowTool(String name, @Nullable JsonNode arguments) {
        if (arguments == null || !arguments.isObject()) {
            throw new IllegalArgumentException(
                    "the arguments of " + name + " must be a JSON object, such as {\"milliseconds\":2500}");
        }
        return new SlowTool(name.strip(), arguments);
    }

    // ---- for picocli ----

    abstract static class Converter<T> implements ITypeConverter<T> {
        private final Function<String, T> reader;

        Converter(Function<String, T> reader) {
            this.reader = reader;
        }

        @Override
        public T convert(String text) {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    public static final class Positive extends Converter<Duration> {
        Positive() {
            super(Converters::positive);
        }
    }

    public static final class NotNegative extends Converter<Duration> {
        NotNegative() {
            super(Converters::notNegative);
        }
    }

    public static final class Count extends Converter<Integer> {
        Count() {
            super(Converters::count);
        }
    }

    static final class Rate extends Converter<Double> {
        Rate() {
            super(Converters::rate);
        }
    }

    public static final class Url extends Converter<URI> {
        Url() {
            super(Converters::url);
        }
    }

    static final class HeaderLine extends Converter<Header> {
        HeaderLine() {
            super(text -> Converters.header(text, System.getenv()));
        }
    }

    public static final class Slow extends Converter<SlowTool> {
        Slow() {
            super(Converters::slowTool);
        }
    }
}
