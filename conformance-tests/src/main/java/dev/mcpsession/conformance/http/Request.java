package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One request to be sent: starts with what a well-behaved client sends, and is changed from there. */
public final class Request {
    /** How long to wait for a server to end a stream on which the response has come. */
    private static final Duration GRACE = Duration.ofMillis(250);

    /** How long the head of a reply to a GET may take. */
    private static final Duration HEAD = Duration.ofSeconds(2);

    /** How long to wait before a request is sent again, each time, where the server does not say. */
    private static final List<Duration> PAUSES =
            List.of(Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofMillis(150));

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private static final String COOKIE = "Cookie";

    private final Client client;
    private final String method;
    private final List<Header> headers = new ArrayList<>();
    private @Nullable ClientSession session;
    private @Nullable String body;
    private @Nullable JsonNode id;
    private String purpose = "";

    Request(Client client, String method) {
        this.client = client;
        this.method = method;
    }

    /** Sets a header field, in place of any of that name. */
    public Request header(String name, String value) {
        without(name);
        return addHeader(name, value);
    }

    /** Adds a header field beside any of that name. */
    public Request addHeader(String name, String value) {
        headers.add(new Header(name, value));
        return this;
    }

    public Request without(String name) {
        headers.removeIf(h -> h.name().equalsIgnoreCase(name));
        return this;
    }

    /** Sends the id of a session and the cookies that came in it, and counts the exchange as activity of it. */
    public Request in(ClientSession session) {
        this.session = session;
        return likeThoseOf(session);
    }

    /** As {@link #in}, but does not count as activity of the session. */
    public Request likeThoseOf(ClientSession session) {
        var cookies = session.cookies();
        if (!cookies.isEmpty()) {
            var others = Exchange.first(headers, COOKIE);
            header(COOKIE, others.map(given -> given + "; " + cookies).orElse(cookies));
        }
        return header(Client.SESSION_HEADER, session.id());
    }

    /** Sends a session id that need not belong to any session. */
    public Request withSessionId(String id) {
        return header(Client.SESSION_HEADER, id);
    }

    /** Sends a JSON-RPC message. */
    public Request body(JsonNode message) {
        id = message.isObject() && message.has("method") ? message.get("id") : null;
        body = message.toString();
        return this;
    }

    /** Sends any text as the body. */
    public Request body(String text) {
        id = null;
        body = text;
        return this;
    }

    /** Sets the purpose of the request, which is shown with the exchange. */
    public Request purpose(String purpose) {
        this.purpose = purpose;
        return this;
    }

    /** The same request, to be sent byte by byte over a connection of its own. */
    public RawRequest raw() {
        return new RawRequest(client, this);
    }

    public List<Header> headers() {
        return List.copyOf(headers);
    }

    /** The same request with another JSON-RPC id, if it has one: a client uses each once. */
    Request withNewId() {
        if (id == null || !(Json.read(body).orElse(null) instanceof ObjectNode message)) {
            return this;
        }
        var other = new Request(client, method);
        headers.forEach(h -> other.addHeader(h.name(), h.value()));
        other.session = session;
        return other.purpose(purpose).body(message.put("id", client.nextId()));
    }

    @Nullable
    ClientSession session() {
        return session;
    }

    @Nullable
    JsonNode id() {
        return id;
    }

    String purpose() {
        return purpose;
    }

    public String method() {
        return method;
    }

    public @Nullable String body() {
        return body;
    }

    /** Starts the exchange and returns at once. */
    public Exchange start() {
        return client.start(this, session, id, purpose);
    }

    /**
     * Starts the exchange and returns when the head of the reply has come, or the client's patience is over. A stream
     * stays open. What the server has no time for is sent again.
     */
    public Exchange open() {
        return open(client.patience());
    }

    /** As {@link #open()}, with another patience. */
    public Exchange open(Duration patience) {
        return insist(() -> {
            var exchange = start();
            long began = System.nanoTime();
            if (!exchange.awaitHead(patience)) {
                exchange.waitedInVain(began);
            }
            return exchange;
        });
    }

    /**
     * As {@link #open()}, for a GET that is to be refused: waits no longer than a head takes that comes at all (some
     * servers send none for a stream without events), reads the body of a refusal, and closes a stream.
     */
    public Exchange peek() {
        var exchange = open(client.patienceUpTo(HEAD));
        if (exchange.answered() && !exchange.isEventStream()) {
            exchange.awaitEnd(HEAD);
        }
        exchange.close();
        return exchange;
    }

    /**
     * Starts the exchange and returns when the reply is complete: for an event stream, when the response to the request
     * has come, for servers that leave the stream open then. Where the server closed it before, and lets clients poll,
     * the stream is resumed. What is still open after that, or when the client's patience is over, is closed. What the
     * server has no time for is sent again.
     */
    public Exchange send() {
        return send(client.patience());
    }

    /** As {@link #send()}, with another patience. */
    public Exchange send(Duration patience) {
        return insist(() -> polled(complete(start(), patience), patience));
    }

    /**
     * Where the server lets clients poll, resumes the stream of an exchange of this request until its response has
     * come, which is the response of that exchange then.
     */
    Exchange polled(Exchange exchange, Duration atMost) {
        if (client.revision().isLegacy() && exchange.letsPoll() && client.mayPoll()) {
            var response = Polling.response(client, r -> session == null ? r : r.in(session), exchange, atMost);
            client.hasPolled(response.isPresent());
            response.ifPresent(exchange::resumedWith);
        }
        return exchange;
    }

    /**
     * Makes an exchange, and makes it again where the server had no time for it: right servers may turn requests away
     * now and then (429, 503), and a client that is told so tries again.
     *
     * @return the first that was served or refused, or else the last
     */
    Exchange insist(Supplier<Exchange> attempt) {
        return insist(attempt.get(), attempt);
    }

    /** As {@link #insist(Supplier)}, where the first attempt has been made. */
    Exchange insist(Exchange first, Supplier<Exchange> attempt) {
        var last = first;
        var turnedAway = new ArrayList<Exchange>();
        for (var wait : PAUSES) {
            if (!last.isBusy()) {
                break;
            }
            turnedAway.add(last);
            last.awaitEnd(client.patience());
            client.pause(last.retryAfter()
                    .map(asked -> shorter(asked, longestPause()))
                    .orElse(wait));
            last = attempt.get();
        }
        if (last.isBusy()) {
            last.onInsisted();
            turnedAway.forEach(Exchange::onInsisted);
            return last;
        }
        if (method.equals("DELETE") && last.answered() && last.status() == 404 && !turnedAway.isEmpty()) {
            // The server may have carried out a request that it turned away: the second answer says nothing then.
            return turnedAway.get(0);
        }
        turnedAway.forEach(Exchange::onMadeGood);
        return last;
    }

    /** Longer than this is not waited for: the session would expire meanwhile. */
    private Duration longestPause() {
        return client.target()
                .idleTimeout()
                .map(t -> shorter(t.dividedBy(8), LONGEST_PAUSE))
                .orElse(LONGEST_PAUSE);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Waits for an exchange that was started, as {@link #send()} does. */
    public static Exchange complete(Exchange exchange, Duration patience) {
        long began = System.nanoTime();
        exchange.awaitHead(patience);
        if (exchange.answered() && exchange.isEventStream()) {
            exchange.awaitResponse(exchange.patienceForResponse(patience));
            exchange.waitedInVain(began);
            exchange.awaitEnd(GRACE);
        } else if (exchange.answered()) {
            exchange.awaitEnd(patience);
            exchange.waitedInVain(began);
        } else {
            exchange.waitedInVain(began);
        }
        exchange.close();
        return exchange;
    }

    /** As {@link #complete}, for several that were started together: all get the same time, not one after the other. */
    public static void completeAll(Collection<Exchange> exchanges, Duration patience) {
        long began = System.nanoTime();
        long headsUntil = began + patience.toNanos();
        for (var exchange : exchanges) {
            if (!exchange.awaitHead(left(headsUntil))) {
                exchange.waitedInVain(began);
                exchange.close();
            }
        }
        long until = System.nanoTime() + patience.toNanos();
        exchanges.forEach(exchange -> complete(exchange, left(until)));
    }

    private static Duration left(long until) {
        return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    }
}
