package dev.mcpsession.server.bench.http;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** The requests that the benchmarks make. */
final class Scripts {

    private Scripts() {}

    /** Opens a session, and then pings in it for ever. Pings are counted. */
    static final class Pings implements Script {

        private final Requests requests;
        private ByteBuffer ping;
        private String session;
        private long done;

        Pings(Requests requests) {
            this.requests = requests;
        }

        @Override
        public ByteBuffer begin() {
            return requests.initialize();
        }

        @Override
        public ByteBuffer next(Response response) {
            if (session == null) {
                session = Requests.sessionId(response);
                return requests.initialized(session);
            }
            if (ping == null) {
                Requests.requireSuccess(response);
                ping = requests.ping(session);
            } else {
                Requests.requireResult(response);
                done++;
            }
            return ping.rewind();
        }

        @Override
        public long done() {
            return done;
        }
    }

    /** Opens sessions and ends each at once, for ever. Sessions that were opened and ended are counted. */
    static final class Lives implements Script {

        private final Requests requests;
        private final ByteBuffer initialize;
        private boolean ending;
        private long done;

        Lives(Requests requests) {
            this.requests = requests;
            initialize = requests.initialize();
        }

        @Override
        public ByteBuffer begin() {
            return initialize.rewind();
        }

        @Override
        public ByteBuffer next(Response response) {
            ending = !ending;
            if (ending) {
                return requests.delete(Requests.sessionId(response));
            }
            Requests.requireSuccess(response);
            done++;
            return initialize.rewind();
        }

        @Override
        public long done() {
            return done;
        }
    }

    /** Opens sessions, and leaves them open, until all connections together have opened enough. */
    static final class Openings implements Script {

        private final Requests requests;
        private final AtomicInteger wanted;
        private boolean opening;
        private long done;

        /** @param wanted how many sessions are still to be opened */
        Openings(Requests requests, AtomicInteger wanted) {
            this.requests = requests;
            this.wanted = wanted;
        }

        @Override
        public ByteBuffer begin() {
            opening = wanted.getAndDecrement() > 0;
            return opening ? requests.initialize() : null;
        }

        @Override
        public ByteBuffer next(Response response) {
            if (opening) {
                opening = false;
                return requests.initialized(Requests.sessionId(response));
            }
            Requests.requireSuccess(response);
            done++;
            return begin();
        }

        @Override
        public long done() {
            return done;
        }
    }
}
