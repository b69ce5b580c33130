package dev.mcpsession.runner.cli.target;

import dev.mcpsession.conformance.target.HttpProxy;
import dev.mcpsession.runner.cli.console.UsageException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The proxy through which servers are reached: the one that is named, or the one that the environment names. */
final class Proxies {
    private static final String NONE = "none";

    private Proxies() {}

    /**
     * Finds the proxy for a server.
     *
     * @param option the value of {@code --proxy}; null where it was not given
     * @param server a URL with the scheme and the host of the server
     * @return null for none
     * @throws UsageException if it cannot be used
     */
    static @Nullable HttpProxy of(@Nullable String option, Map<String, String> environment, URI server) {
        if (option != null) {
            return option.equals(NONE) ? direct() : proxy("--proxy", option, uri -> true);
        }
        var scheme = server.getScheme().toLowerCase(Locale.ROOT);
        for (var name : List.of(scheme + "_proxy", "all_proxy")) {
            for (var variable : List.of(name, name.toUpperCase(Locale.ROOT))) {
                var value = environment.getOrDefault(variable, "");
                if (!value.isBlank()) {
                    var without = environment.getOrDefault("no_proxy", environment.getOrDefault("NO_PROXY", ""));
                    Predicate<URI> spared = uri -> isLocal(uri) || isSpared(uri, without);
                    // A proxy that is not used may be of any kind.
                    return spared.test(server)
                            ? direct()
                            : proxy(
                                    variable,
                                    value,
                                    uri -> scheme.equalsIgnoreCase(uri.getScheme()) && !spared.test(uri));
                }
            }
        }
        return null;
    }

    /** Reaches everything directly, whatever the JDK is told elsewhere. */
    private static HttpProxy direct() {
        return new HttpProxy("", 0, null, uri -> false);
    }

    private static HttpProxy proxy(String where, String text, Predicate<URI> covers) {
        var example = where + ": it should be a URL such as http://proxy.example:3128";
        URI uri;
        try {
            uri = new URI(text.contains("://") ? text.strip() : "http://" + text.strip());
        } catch (URISyntaxException e) {
            // The reason would repeat the text, and with it a password.
            throw new UsageException(example);
        }
        if (!"http".equalsIgnoreCase(uri.getScheme())) {
            throw new UsageException(where + ": only http:// proxies can be used, not " + uri.getScheme() + "://"
                    + (where.startsWith("--") ? "" : "; to do without a proxy, say --proxy none"));
        }
        if (uri.getHost() == null) {
            throw new UsageException(example);
        }
        return new HttpProxy(
                uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), authorization(uri.getRawUserInfo()), covers);
    }

    private static @Nullable String authorization(@Nullable String user) {
        if (user == null) {
            return null;
        }
        var words = URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
        var both = words.contains(":") ? words : words + ":";
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    // ---- which servers are reached without ----

    private static boolean isLocal(URI uri) {
        var host = host(uri.getHost());
        var address = address(host);
        return host.equalsIgnoreCase("localhost") || address != null && address.isLoopbackAddress();
    }

    /** Whether a list such as {@code .example.org,10.0.0.0/8,db:8080} names the host of a URL. */
    static boolean isSpared(URI uri, String list) {
        return Arrays.stream(list.strip().split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .anyMatch(entry -> entry.equals("*") || names(entry, uri));
    }

    private static boolean names(String entry, URI uri) {
        var host = host(uri.getHost());
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return isWithin(address(host), address(host(entry.substring(0, slash))), entry.substring(slash + 1));
        }
        var name = entry;
        int colon = entry.lastIndexOf(':');
        if (colon > 0 && entry.indexOf(']') < colon && (entry.startsWith("[") || entry.indexOf(':') == colon)) {
            int port = uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
            if (!entry.substring(colon + 1).equals(String.valueOf(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        name = host(name).replaceFirst("^\\*?\\.", "").toLowerCase(Locale.ROOT);
        var lower = host.toLowerCase(Locale.ROOT);
        return lower.equals(name) || address(host) == null && lower.endsWith("." + name);
    }

    private static boolean isWithin(@Nullable InetAddress address, @Nullable InetAddress network, String bits) {
        if (address == null
                || network == null
                || !bits.matches("\\d{1,3}")
                || address.getAddress().length != network.getAddress().length) {
            return false;
        }
        int length = address.getAddress().length * 8;
        int rest = length - Math.min(length, Integer.parseInt(bits));
        var one = new java.math.BigInteger(1, address.getAddress()).shiftRight(rest);
        return one.equals(new java.math.BigInteger(1, network.getAddress()).shiftRight(rest));
    }

    private static String host(String host) {
        return host.replaceAll("[\\[\\]]", "");
    }

    /** The address that a host is, without asking for that of a name; null where it is a name. */
    private static @Nullable InetAddress address(String host) {
        if (!host.contains(":") && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return null;
        }
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
