package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.target.Target;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The server cannot be judged at all; the message says why, and which option may help. */
public final class UnjudgeableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean misuse;

    public UnjudgeableException(String message) {
        this(message, false);
    }

    private UnjudgeableException(String message, boolean misuse) {
        // The frames would be those of the kit, which say nothing of the server.
        super(message, null, false, false);
        this.misuse = misuse;
    }

    /** A fact that the user told about the server is wrong; the message names the option. */
    static UnjudgeableException misuse(String message) {
        return new UnjudgeableException(message, true);
    }

    /** Never null: the reason. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** Whether the kit was called in a way that cannot work, rather than that the server could not be judged. */
    public boolean isMisuse() {
        return misuse;
    }

    /** @param elsewhere where an MCP server may be found instead, as a sentence; empty where that was not found out */
    static UnjudgeableException from(
            Target target, List<Exchange> openings, Map<Revision, String> unspoken, Supplier<String> elsewhere) {
        var uri = target.uri();
        var silent = openings.stream().filter(e -> !e.answered()).findFirst();
        if (silent.isPresent() && openings.stream().noneMatch(Exchange::answered)) {
            var failure = silent.get().failure().orElse(null);
            if (has(failure, SSLException.class) && !has(failure, CertificateException.class) && saysNoTls(failure)) {
                return new UnjudgeableException(uri + " speaks no TLS: " + "is http instead of https meant? " + "("
                        + silent.get().describeReply() + ")");
            }
            if (has(failure, SSLException.class)) {
                return new UnjudgeableException(
                        uri + " cannot be trusted: " + silent.get().describeReply()
                                + ". If its certificate is your own, name the authority with --cacert, or use "
                                + "--insecure.");
            }
            if (has(failure, UnknownHostException.class)
                    || has(failure, java.nio.channels.UnresolvedAddressException.class)) {
                return new UnjudgeableException(
                        proxied(target)
                                ? "the host of the proxy " + target.proxy() + ", through which " + uri
                                        + " is reached, is not known: check --proxy, or the environment variables that"
                                        + " name it."
                                : "the host of " + uri + " is not known: check the URL.");
            }
            if (has(failure, ConnectException.class)) {
                return new UnjudgeableException(
                        proxied(target)
                                ? "the proxy " + target.proxy() + ", through which " + uri
                                        + " is reached, does not answer: check --proxy, or the environment "
                                        + "variables that name it."
                                : "nothing answers at " + uri + ": check that the server runs, and its host and port.");
            }
            if (failure != null) {
                return new UnjudgeableException(uri + " does not answer as an HTTP server does: "
                        + silent.get().describeReply()
                        + ". Check the port, and whether the URL must begin with https.");
            }
            return new UnjudgeableException(uri + " did not answer within "
                    + target.patience().toMillis() + " ms: if the server is slow, raise --patience.");
        }
        var reply = openings.stream().filter(Exchange::answered).findFirst().orElseThrow();
        int status = reply.status();
        if (status == 407 && proxied(target)) {
            return new UnjudgeableException(
                    "the proxy " + target.proxy() + ", through which " + uri + " is reached, needs credentials"
                            + " (status 407): give them as in --proxy http://USER:PASSWORD@HOST:PORT.");
        }
        if (status == 401 || status == 403 && reply.header("WWW-Authenticate").isPresent()) {
            boolean given = target.headers().stream().anyMatch(h -> h.name().equalsIgnoreCase("Authorization"));
            return new UnjudgeableException(
                    given
                            ? uri + " refuses the credentials that were given (status " + status + ")"
                                    + challenge(reply) + "."
                            : uri + " needs credentials (status " + status
                                    + "): give them with --header, such as --header 'Authorization: Bearer …'"
                                    + challenge(reply) + ".");
        }
        if (status / 100 == 3) {
            return new UnjudgeableException(uri + " redirects (status " + status + ") to "
                    + reply.header("Location").map(reply::excerpt).orElse("nowhere")
                    + ": give the URL of the MCP endpoint itself.");
        }
        var type = reply.header("Content-Type").orElse("");
        if (type.contains("html") || reply.body().stripLeading().regionMatches(true, 0, "<!doctype", 0, 9)) {
            return new UnjudgeableException(uri + " answers initialize with HTML (status " + status
                    + "), so it is no MCP endpoint" + pathHint(elsewhere.get()));
        }
        if (status == 404 || status == 405) {
            return new UnjudgeableException(uri + " answers initialize with status " + status
                    + ", so it is no MCP endpoint" + pathHint(elsewhere.get()));
        }
        var hint = status / 100 == 4 ? elsewhere.get() : "";
        return new UnjudgeableException(uri + " speaks none of the revisions asked for: "
                + reasons(unspoken)
                + (hint.isEmpty() ? "" : ". " + hint));
    }

    /** What came in each revision; what came in several is said once. */
    private static String reasons(Map<Revision, String> unspoken) {
        return unspoken.entrySet().stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getValue,
                        LinkedHashMap::new,
                        Collectors.mapping(e -> e.getKey().toString(), Collectors.joining(", "))))
                .entrySet()
                .stream()
                .map(e -> e.getValue() + ": " + e.getKey())
                .collect(Collectors.joining("; "));
    }

    private static String pathHint(String elsewhere) {
        return elsewhere.isEmpty()
                ? ": check the path, which often is /mcp; /, /mcp and /api/mcp were tried, and none answers."
                : ". " + elsewhere;
    }

    /** The platform tells this apart by words only. */
    private static boolean saysNoTls(@Nullable Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            var message = String.valueOf(cause.getMessage());
            if (message.contains("plaintext")
                    || message.contains("Unrecognized SSL")
                    || message.contains("Unsupported or unrecognized")) {
                return true;
            }
        }
        return false;
    }

    private static String challenge(Exchange reply) {
        return reply.header("WWW-Authenticate")
                .map(c -> "; it says WWW-Authenticate: " + c)
                .orElse("");
    }

    private static boolean proxied(Target target) {
        return target.proxy() != null && target.proxy().covers().test(target.uri());
    }

    private static boolean has(@Nullable Throwable failure, Class<? extends Throwable> type) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }
}
