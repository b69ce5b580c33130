package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.ADVICE;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.ANY_ORIGIN;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NO_OTHER_ADDRESS;
import static dev.mcpsession.conformance.judgement.Unless.OVER_TLS;
import static dev.mcpsession.conformance.protocol.Revision.V2025_11_25;
import static dev.mcpsession.conformance.rule.Requires.DELETE;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;
import static dev.mcpsession.conformance.rule.Requires.LOOPBACK;
import static dev.mcpsession.conformance.rule.Requires.SESSIONS;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Request;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.rule.Rule;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Rules on the checks of Origin and Host, which keep other people's web pages away from a server. */
public final class SecurityRules {
    private static final String SOURCE = "basic/transports, Security Warning, item 1";
    /** A site that no server can have meant to allow. */
    private static final String ATTACKER = "http://attacker.example";

    @Rule(
            id = "transport/origin-403",
            level = MUST,
            source = SOURCE,
            title = "A POST from a web page of another site is refused, from 2025-11-25 on with 403")
    void origin403(Client client) {
        var talk = Conversation.open(client);
        mustBeRefused(talk, ATTACKER);
        mustNotBeServed(talk, talk.notification());
        mustNotBeServed(talk, talk.post(client.callOfNoTool()));
    }

    /** As {@link #mustBeRefused(Conversation, String)}, for what may be refused for a reason of its own. */
    private static void mustNotBeServed(Conversation talk, Request request) {
        var foreign = request.header("Origin", ATTACKER).send();
        if (talk.status(foreign) / 100 == 2) {
            mustBeRefused(talk.client(), foreign, ATTACKER);
        }
    }

    @Rule(
            id = "transport/origin-lookalike-403",
            dependsOn = "transport/origin-403",
            level = MUST,
            once = true,
            source = SOURCE,
            unless = ANY_ORIGIN,
            title = "A site whose name only begins like one that may come in is refused like any other")
    void originLookalike403(Client client) {
        var talk = Conversation.open(client);
        var stranger = talk.ping().header("Origin", ATTACKER).send();
        if (talk.status(stranger) / 100 == 2) {
            throw RuleAbortedException.notApplicable(ANY_ORIGIN, "see transport/origin-403");
        }
        for (var origin : lookalikes(client.uri())) {
            mustBeRefused(talk, origin);
        }
    }

    /** Origins of an attacker that begin like the server's own, and like the two that most servers let in. */
    public static List<String> lookalikes(URI server) {
        return Stream.of(server.getHost(), "localhost", "127.0.0.1")
                .filter(name -> !name.startsWith("["))
                .distinct()
                .map(name -> server.getScheme() + "://" + name + ".attacker.example")
                .toList();
    }

    @Rule(
            id = "transport/origin-403-initialize",
            dependsOn = "transport/origin-403",
            level = MUST,
            source = SOURCE,
            sessions = 3,
            title = "An initialize from a web page of another site is refused, from 2025-11-25 on with 403")
    void origin403Initialize(Client client) {
        Conversation.begin(client, client.initialize());
        var initialize =
                client.post(client.initialize()).header("Origin", ATTACKER).send();
        if (initialize.status() == 200) {
            initialize.sessionId().ifPresent(id -> client.adopt(id, initialize));
        }
        Conversation.begin(client, client.initialize());
        mustBeRefused(client, initialize, ATTACKER);
    }

    @Rule(
            id = "transport/origin-403-get",
            dependsOn = "transport/origin-403",
            level = MUST,
            source = SOURCE,
            requires = GET_STREAM,
            unless = LATE_HEAD,
            title = "A GET from a web page of another site is refused, from 2025-11-25 on with 403")
    void origin403Get(Client client) {
        var talk = Conversation.open(client);
        var get = talk.awaitHead(talk.get().header("Origin", ATTACKER));
        talk.status(get);
        if (get.status() / 100 != 2) {
            talk.needStream();
        }
        mustBeRefused(client, get, ATTACKER);
    }

    @Rule(
            id = "transport/origin-403-delete",
            dependsOn = "transport/origin-403",
            level = MUST,
            source = SOURCE,
            requires = {SESSIONS, DELETE},
            title = "A DELETE from a web page of another site is refused, from 2025-11-25 on with 403")
    void origin403Delete(Client client) {
        var session = client.open();
        var delete = session.delete().header("Origin", ATTACKER).send();
        if (delete.status() / 100 == 2) {
            session.markEnded();
        } else {
            var probe = session.ping().send();
            if (probe.answered() && probe.status() == 404) {
                // It was refused in words only.
                session.mustBeAlive(probe, "after a DELETE of it from a web page of another site was refused");
            }
            // A server that refuses every DELETE, or this session, tells nothing.
            session.terminate();
        }
        mustBeRefused(client, delete, ATTACKER);
    }

    @Rule(
            id = "transport/foreign-host-rejected",
            level = ADVICE,
            once = true,
            requires = LOOPBACK,
            title = "A server on a loopback address refuses requests for the host of another site",
            source = "basic/transports, Security Warning: DNS rebinding")
    void foreignHostRejected(Client client) {
        var uri = client.uri();
        var talk = Conversation.open(client);
        talk.need(talk.ping());
        var host = "attacker.example" + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        var exchange = talk.ping().header("Host", host).raw().send();
        talk.status(exchange);
        exchange.mustNotBeServed("a request for Host: " + host + " to be refused");
    }

    @Rule(
            id = "transport/loopback-only",
            level = SHOULD,
            once = true,
            requires = LOOPBACK,
            sessions = 2,
            unless = {OVER_TLS, NO_OTHER_ADDRESS},
            title = "A server that is reached over a loopback address listens on no other address of its machine",
            source = "basic/transports, Security Warning, item 2")
    void loopbackOnly(Client client) {
        var uri = client.uri();
        if ("https".equalsIgnoreCase(uri.getScheme())) {
            throw RuleAbortedException.notApplicable(OVER_TLS);
        }
        var name = serverName(Conversation.open(client).opening());
        var others = otherAddresses();
        if (others.isEmpty()) {
            throw RuleAbortedException.notApplicable(NO_OTHER_ADDRESS);
        }
        for (var address : others) {
            var there = client.at(URI.create(uri.getScheme() + "://" + address
                    + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + uri.getRawPath()));
            var opening = there.post(there.initialize())
                    .header("Host", uri.getRawAuthority())
                    .raw()
                    .send(atAnotherAddress(client))
                    .mustNotKeepSilent();
            if (!opening.answered() || opening.result().isEmpty()) {
                continue;
            }
            opening.sessionId().ifPresent(id -> there.adopt(id, opening));
            // Another server may have the same port at another address.
            opening.mustHave(
                    !serverName(opening).equals(name),
                    "a local server to listen on loopback only",
                    "it is reached at " + address + " too, which is not a loopback address");
        }
    }

    /**
     * How long to wait at an address where perhaps nobody listens: a connection that is not taken has failed before,
     * and one that was taken is answered by then, unless nothing can be said.
     */
    public static Duration atAnotherAddress(Client client) {
        return client.patience().plusSeconds(1);
    }

    private static String serverName(Exchange opening) {
        return opening.result()
                .map(r -> r.path("serverInfo").toString())
                .orElseThrow(
                        () -> RuleAbortedException.inconclusive("initialize was answered " + opening.describeReply()));
    }

    /** The addresses of this machine that others may reach it by. */
    private static List<String> otherAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                    .map(InetAddress::getHostAddress)
                    .distinct()
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    /** Just before and just after, the same request is served without the Origin: nothing else can be the reason. */
    private static void mustBeRefused(Conversation talk, String origin) {
        talk.need(talk.ping());
        var foreign = talk.ping().header("Origin", origin).send();
        talk.status(foreign);
        talk.need(talk.ping());
        mustBeRefused(talk.client(), foreign, origin);
    }

    private static void mustBeRefused(Client client, Exchange exchange, String origin) {
        int status = exchange.status();
        if (client.revision().since(V2025_11_25)) {
            exchange.mustHaveStatus(403, "for a request with the Origin " + origin);
        } else if (status / 100 != 4) {
            exchange.mustNotBeServed("a request with the Origin " + origin + " to be refused");
            throw RuleAbortedException.inconclusive(
                    "a request with the Origin " + origin + " was answered " + exchange.describeReply());
        }
    }
}
