package dev.mcpsession.conformance.servers;

/** A right server that holds no connection open for a tool call: it closes it at once and lets the client poll. */
public class PollingToyServer extends ResumableToyServer {
    @Override
    protected boolean polls(Call call) {
        return call.called().equals("tools/call");
    }
}
