package dev.mcpsession.conformance.rules.transport;

import static dev.mcpsession.conformance.judgement.Level.CONTRACT;
import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.LATE_HEAD;
import static dev.mcpsession.conformance.judgement.Unless.NO_STREAM_FOR_GET;
import static dev.mcpsession.conformance.rule.Requires.GET_STREAM;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Conversation;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.http.Moment;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** GET streams in the company of requests and of one another, and after they were closed. */
public final class GetStreamRules {
    private static final String LISTENING = "basic/transports, Listening for Messages from the Server";
    /** How long the head of a GET stream is waited for, beside which requests are made. */
    private static final Duration HEAD = Duration.ofMillis(500);
    /** The first pause before a stream is opened again; each is twice as long as the one before. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** Within which a server has noticed that a stream was closed, as a rule. */
    private static final Duration SOON = Duration.ofMillis(150);

    private static final int TIMES = 2;

    @Rule(
            id = "transport/served-beside-stream",
            level = MUST,
            waits = true,
            requires = GET_STREAM,
            title = "While a GET stream is open, the requests of its session are answered",
            source = "basic, Responses; " + LISTENING)
    void servedBesideStream(Client client) {
        var talk = Conversation.open(client);
        mustAnswer(talk, talk.ping().send(), "before a stream was opened");
        var stream = talk.get().start();
        stream.awaitHead(HEAD);
        for (var request : List.of(talk.ping(), talk.request("tools/list"), talk.ping())) {
            mustAnswer(talk, request.send(), "while a GET stream is open");
        }
        var notification = talk.notification().send();
        notification.mustReply("a notification to be answered while a GET stream is open");
        if (stream.ended()) {
            talk.status(stream);
            throw RuleAbortedException.inconclusive(
                    "the server ended its GET stream before the requests were answered");
        }
    }

    private static void mustAnswer(Conversation talk, Exchange exchange, String when) {
        var expected = exchange.describe() + " to be answered " + when;
        exchange.mustReply(expected);
        talk.served(exchange);
        if (talk.responseTo(exchange, talk.client().patience()).isEmpty()) {
            throw new Suspicion(expected, "no response came: " + exchange.describeReply(), exchange);
        }
    }

    @Rule(
            id = "transport/stream-opens-again",
            level = CONTRACT,
            waits = true,
            requires = GET_STREAM,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD},
            title = "A GET stream that the client closed can be opened again",
            source = "session contract, point 14; " + LISTENING + ", item 3")
    void streamOpensAgain(Client client) {
        var talk = Conversation.open(client);
        talk.listen().close();
        for (int i = 0; i < TIMES; i++) {
            again(talk).close();
        }
        mustLive(talk, "after its streams were closed");
    }

    /** Tries until a server that looks for clients which have gone now and then only has had the time to. */
    private static Exchange again(Conversation talk) {
        var client = talk.client();
        long closed = System.nanoTime();
        var pause = FIRST_PAUSE;
        Exchange last;
        do {
            client.pause(pause);
            pause = shorter(
                    pause.multipliedBy(2),
                    client.target()
                            .idleTimeout()
                            .map(t -> t.dividedBy(4))
                            .filter(t -> t.compareTo(LONGEST_PAUSE) < 0)
                            .orElse(LONGEST_PAUSE));
            last = talk.awaitHead(talk.get());
            if (talk.status(last) == 200 && last.isEventStream()) {
                return last;
            }
            mustLive(talk, "after its stream was closed");
        } while (System.nanoTime() - closed < client.patience().toNanos());
        throw new Suspicion(
                "a GET stream to open again after the client closed the one before",
                "GET was answered " + last.describeReply() + ", for " + Moment.words(System.nanoTime() - closed),
                last);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    @Rule(
            id = "transport/second-stream-harmless",
            level = CONTRACT,
            waits = true,
            sessions = 2,
            requires = GET_STREAM,
            unless = {NO_STREAM_FOR_GET, LATE_HEAD},
            title = "A second GET stream beside the first ends neither the session nor its calls",
            source = "session contract, point 14; basic/transports, Multiple Connections, item 1")
    void secondStreamHarmless(Client client) {
        var talk = Conversation.open(client);
        var beside = Conversation.open(client);
        var undisturbed = slowCall(beside);
        talk.listen();
        var call = slowCall(talk);
        call.ifPresent(c -> client.pause(client.underWay()));
        var second = talk.awaitHead(talk.get());
        mustLive(talk, "when a second GET was made beside the first");
        second.close();
        mustLive(talk, "after a second GET beside the first was closed");
        // Some clients open two by mistake, at the same moment.
        var both = List.of(talk.get().start(), talk.get().start());
        both.forEach(stream -> stream.awaitHead(HEAD));
        mustLive(talk, "when two GETs came at once");
        both.forEach(Exchange::close);
        if (call.isEmpty()) {
            // A server may notice only then that the stream was closed.
            client.pause(SOON);
            mustLive(talk, "after a second GET beside the first was closed");
            return;
        }
        var because = "after a second GET beside the first was closed";
        talk.session()
                .ifPresent(s -> s.awaitAlive(
                        undisturbed.orElseThrow(), client.patience().multipliedBy(3), because));
        var usual = beside.responseTo(undisturbed.orElseThrow(), client.patience());
        var response = talk.responseTo(call.get(), client.patience());
        mustLive(talk, because);
        if (usual.isEmpty()) {
            throw RuleAbortedException.inconclusive(
                    "the slow tool was not answered: " + undisturbed.get().describeReply());
        }
        if (response.map(r -> r.has("result") != usual.get().has("result")).orElse(true)) {
            throw new Suspicion(
                    "a call in flight to be answered though a second GET was made beside it",
                    response.map(r -> "got " + r)
                            .orElseGet(() -> "no response came: " + call.get().describeReply()),
                    call.get());
        }
    }

    private static Optional<Exchange> slowCall(Conversation talk) {
        return talk.client()
                .target()
                .slowTool()
                .map(tool -> talk.post(talk.client().slowCall()).start());
    }

    private static void mustLive(Conversation talk, String because) {
        if (talk.session().isPresent()) {
            talk.session().get().mustBeAlive(because);
        } else {
            mustAnswer(talk, talk.ping().send(), because);
        }
    }
}
