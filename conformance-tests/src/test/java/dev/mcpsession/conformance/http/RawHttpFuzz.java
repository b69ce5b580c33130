package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.clients.server.RequestFuzz;
import dev.mcpsession.conformance.protocol.Header;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** For a fuzzer: whatever bytes come as HTTP, as a reply or as requests, they are read or refused. */
public final class RawHttpFuzz {
    private RawHttpFuzz() {}

    /** Called by the fuzzer: the first byte chooses between replies and requests. */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        var rest = Arrays.copyOfRange(data, 1, data.length);
        if ((data[0] & 1) == 0) {
            reply(rest, (data[0] & 2) == 0 ? "POST" : "HEAD");
        } else {
            RequestFuzz.read(rest);
        }
    }

    private static void reply(byte[] data, String method) {
        var seen = new RawConnection.Sink() {
            private long bytes;
            private int heads;

            @Override
            public void head(int status, List<Header> headers) {
                heads++;
                must(status >= 100 && status < 600, "status " + status);
                must(headers.size() <= Transport.MAX_FIELDS, headers.size() + " fields");
                headers.forEach(h -> must(!h.name().isEmpty(), "a field without a name"));
            }

            @Override
            public void bytes(byte[] some) {
                must(heads == 1, "a body without a head");
                bytes += some.length;
            }
        };
        try {
            RawConnection.read(new ByteArrayInputStream(data), method, seen);
            must(seen.heads == 1, seen.heads + " heads");
        } catch (IOException e) {
            // It is no reply, or not a whole one.
        }
        must(seen.bytes <= data.length, "a body of " + seen.bytes + " bytes out of " + data.length);
    }

    private static void must(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalStateException(otherwise);
        }
    }
}
