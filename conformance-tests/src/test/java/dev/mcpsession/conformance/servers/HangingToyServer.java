package dev.mcpsession.conformance.servers;

import java.util.concurrent.CountDownLatch;

/** A toy server that can leave requests without an answer until it is closed. */
public abstract class HangingToyServer extends ToyServer {
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Waits for the end of the server; the answer after that reaches nobody. */
    protected final Answer hang() throws InterruptedException {
        closing.await();
        return Answer.of(503);
    }

    @Override
    public void close() {
        closing.countDown();
        super.close();
    }
}
