package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.servers.ToyServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A toy server whose calls of the slow tool can be met while they are in flight. */
class CallsInFlight extends ToyServer {
    /** How a call ends that ends before its time. */
    protected static final Answer WITHOUT_RESPONSE = Answer.stream(": over\n\n");

    /** A call in flight; whoever completes its fate ends it. */
    protected record Flight(ToySession session, JsonNode id, CompletableFuture<Answer> fate) {
        boolean has(JsonNode otherId) {
            return Json.sameId(id, otherId);
        }
    }

    protected final List<Flight> flights = new CopyOnWriteArrayList<>();

    @Override
    protected Answer accepted(Call call, ToySession session) {
        if (call.called().equals("notifications/cancelled")) {
            cancelled(call, session, call.message().path("params").get("requestId"));
        }
        return super.accepted(call, session);
    }

    /** A cancellation has come. */
    protected void cancelled(Call call, ToySession session, JsonNode id) {
        // The plain one lets the call go on, as servers may.
    }

    @Override
    protected Answer callTool(Call call, ToySession session) throws Exception {
        var params = call.message().path("params");
        if (session == null
                || inBatch(call)
                || !params.path("name").asString("").equals("sleep")) {
            return super.callTool(call, session);
        }
        var flight = new Flight(session, call.message().get("id"), new CompletableFuture<>());
        flights.add(flight);
        try {
            return fly(
                    call, flight, params.path("arguments").path("milliseconds").asLong(0));
        } finally {
            flights.remove(flight);
        }
    }

    /** Waits for the end of a call, which is that of its time, of its session, or its fate. */
    protected Answer fly(Call call, Flight flight, long millis) throws Exception {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() < until) {
            try {
                return flight.fate().get(10, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (flight.session().awaitEnd(0)) {
                    return reply(call, error(call, -32000, "Session terminated"));
                }
            }
        }
        return reply(call, result(call, text("slept")));
    }

    /** The error that answers a call which is cancelled. */
    protected static ObjectNode cancelledError(JsonNode id) {
        var error = Json.object().put("jsonrpc", "2.0");
        error.set("id", id);
        error.putObject("error").put("code", -32000).put("message", "Cancelled");
        return error;
    }

    /** Keeps the reply of a call open for as long as the server lives. */
    protected Answer hang() throws InterruptedException {
        while (!closed) {
            Thread.sleep(20);
        }
        return Answer.of(200);
    }
}
