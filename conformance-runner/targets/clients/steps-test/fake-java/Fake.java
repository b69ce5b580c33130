package dev.mcpsession.clients;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A client that talks to nobody and says what it is asked to do: see ../test.py. */
final class Fake implements Steps.Client {

    private static final CountDownLatch AT_ONCE = new CountDownLatch(3);

    private final String url;
    private final Duration timeout;

    private Fake(String url, Duration timeout) {
        this.url = url;
        this.timeout = timeout;
    }

    public static void main(String[] args) {
        Steps.drive(args, (url, timeout, token) -> {
            System.out.println("did connect " + url + " legacy " + (token == null ? "no-token" : token));
            if (url.contains("refuses")) {
                throw new IllegalStateException("refused");
            }
            return new Fake(url, timeout);
        });
    }

    @Override
    public List<String> list() {
        return List.of("one", "two");
    }

    @Override
    public String call(String name, String arguments) throws Exception {
        if (name.equals("broken")) {
            throw new IllegalStateException("it broke");
        }
        if (name.equals("meet")) {
            AT_ONCE.countDown();
            if (!AT_ONCE.await(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("alone");
            }
        } else {
            // Libraries take the JSON as it is, and read it.
            var read = arguments.replace("\\u003b", ";");
            System.out.println("did call " + name + " " + read + " " + (timeout == null ? 0 : timeout.toMillis()));
        }
        return name + "\n  said";
    }

    @Override
    public void ping() throws Exception {
        if (url.contains("without")) {
            Steps.Client.super.ping();
        }
        System.out.println("did ping");
    }

    @Override
    public void resources() {
        System.out.println("did resources");
    }

    @Override
    public void prompts() {
        System.out.println("did prompts");
    }

    @Override
    public void close() {
        System.out.println("did close");
        if (url.contains("clings")) {
            throw new IllegalStateException("it clings");
        }
    }
}
