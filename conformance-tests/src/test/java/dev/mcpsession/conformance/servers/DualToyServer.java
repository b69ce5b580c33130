package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.Arrays;
import java.util.List;

/** A right server of both eras at one address: each request says which it belongs to. */
public class DualToyServer extends ModernToyServer {
    @Override
    protected boolean isModern(Call call) {
        return call.header(Client.VERSION_HEADER).filter(REVISION::equals).isPresent()
                || call.message() != null
                        && call.message().isObject()
                        && !meta(call, "protocolVersion").isMissingNode();
    }

    @Override
    protected List<String> supportedVersions() {
        return Arrays.stream(Revision.values()).map(Revision::wire).toList();
    }
}
