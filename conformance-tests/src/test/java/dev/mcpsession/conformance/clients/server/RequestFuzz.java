package dev.mcpsession.conformance.clients.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The requests that a fuzzer sends. */
public final class RequestFuzz {
    private RequestFuzz() {}

    /** Reads whatever comes on one connection. */
    public static void read(byte[] data) {
        var out = new ByteArrayOutputStream();
        var reader = new RequestReader(0, new ByteArrayInputStream(data), out);
        long bodies = 0;
        try {
            for (var request = reader.read(); request.isPresent(); request = reader.read()) {
                bodies += request.get().body().length;
            }
        } catch (IOException e) {
            // It is no request, or not a whole one.
        }
        if (bodies > data.length || out.size() > data.length) {
            throw new IllegalStateException(
                    data.length + " bytes became " + bodies + " of bodies and " + out.size() + " of interim answers");
        }
    }
}
