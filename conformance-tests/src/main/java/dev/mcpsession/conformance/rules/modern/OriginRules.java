package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ANY_ORIGIN;
import static dev.mcpsession.conformance.judgement.Unless.NO_OTHER_ADDRESS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.LOOPBACK;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.transport.SecurityRules;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;

/** Web pages of other sites, and machines that are not this one: neither is to reach a local server. */
public final class OriginRules {
    private static final String PAGE = "basic/transports/streamable-http, Security & Endpoint";
    /** A site that no server can have meant to allow. */
    private static final String ATTACKER = "http://attacker.example";

    @Rule(
            id = "modern/origin-403",
            level = MUST,
            eras = MODERN,
            title = "A request from a web page of another site is refused with 403",
            source = PAGE + ", item 1")
    void origin403(Client client) {
        var samples = Samples.of(client);
        Samples.mustAllBeRefused(
                client, samples, r -> r.header("Origin", ATTACKER), 403, "with the Origin " + ATTACKER);
        Calls.callable(client).ifPresent(tool -> {
            var reply = Calls.opened(client.post(client.slowCall()).header("Origin", ATTACKER));
            Calls.mustBeRefused(
                    reply, 403, "for a call of a tool with the Origin " + ATTACKER, client.post(client.slowCall()));
            reply.close();
        });
        var notification = client.idleNotification();
        if (client.post(notification).send().status() == 202) {
            Calls.mustBeRefused(
                    client.post(notification).header("Origin", ATTACKER).send(),
                    403,
                    "for a notification with the Origin " + ATTACKER,
                    client.post(notification));
        }
    }

    @Rule(
            id = "modern/origin-lookalike-403",
            dependsOn = "modern/origin-403",
            level = MUST,
            eras = MODERN,
            unless = ANY_ORIGIN,
            title = "A site whose name only begins like one that may come in is refused like any other",
            source = PAGE + ", item 1")
    void originLookalike403(Client client) {
        var samples = Samples.of(client);
        if (client.post(client.request(Calls.DISCOVER))
                                .header("Origin", ATTACKER)
                                .send()
                                .status()
                        / 100
                == 2) {
            throw RuleAbortedException.notApplicable(ANY_ORIGIN, "see modern/origin-403");
        }
        for (var origin : SecurityRules.lookalikes(client.uri())) {
            Samples.mustAllBeRefused(
                    client, samples, r -> r.header("Origin", origin), 403, "with the Origin " + origin);
        }
    }

    @Rule(
            id = "modern/loopback-only",
            level = SHOULD,
            eras = MODERN,
            requires = LOOPBACK,
            unless = NO_OTHER_ADDRESS,
            title = "A server that is reached over a loopback address is not served at the machine's other addresses",
            source = PAGE + ", item 2")
    void loopbackOnly(Client client) throws SocketException {
        Samples.of(client);
        var name = serverName(client.post(client.request(Calls.DISCOVER)).send());
        var uri = client.uri();
        var others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                // Servers need not understand the name of an interface in a Host.
                .map(a -> a.getHostAddress().replaceFirst("%.*", ""))
                .distinct()
                .toList();
        if (others.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_OTHER_ADDRESS);
        }
        for (var other : others) {
            var address = URI.create(uri.getScheme() + "://" + (other.contains(":") ? "[" + other + "]" : other) + ":"
                    + (uri.getPort() < 0 ? uri.getScheme().equals("https") ? 443 : 80 : uri.getPort())
                    + uri.getRawPath());
            var there = client.at(address);
            var reply = there.post(there.request(Calls.DISCOVER))
                    .raw()
                    .send(SecurityRules.atAnotherAddress(client))
                    .mustNotKeepSilent();
            // Another server may have the same port at another address.
            reply.mustHave(
                    reply.result().isEmpty() || !serverName(reply).equals(name),
                    "the server, if it runs locally, to listen on a loopback address alone",
                    "it serves " + address.getAuthority());
        }
    }

    private static String serverName(Exchange discovery) {
        return discovery
                .result()
                .map(r ->
                        r.path("_meta").path(Client.META_PREFIX + "serverInfo").toString())
                .orElse("");
    }
}
