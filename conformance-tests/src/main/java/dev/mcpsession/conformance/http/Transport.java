package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.target.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.JsonNode;

/** Sends requests over {@link HttpClient}, at most so many at once, and fills their {@link Exchange}s. */
public final class Transport implements AutoCloseable {
    static {
        // A server may close an idle connection at the moment that we reuse it. The usual servers wait 5 s or more;
        // dropping ours before that keeps a rule from seeing the reset.
        if (System.getProperty("jdk.httpclient.keepalive.timeout") == null) {
            System.setProperty("jdk.httpclient.keepalive.timeout", "2");
        }
    }

    private final HttpClient client;
    private final ExecutorService threads;
    private final Semaphore places;
    private final Hiccups hiccups;
    private final Target target;

    public Transport(Target target, Hiccups hiccups) {
        this(target, hiccups, new Semaphore(target.concurrency(), true));
    }

    private Transport(Target target, Hiccups hiccups, Semaphore places) {
        this.target = target;
        this.hiccups = hiccups;
        this.places = places;
        threads = Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task, "conformance-http");
            thread.setDaemon(true);
            return thread;
        });
        var builder = HttpClient.newBuilder()
                .executor(threads)
                .connectTimeout(target.patience())
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1);
        if (target.sslContext() != null) {
            builder.sslContext(target.sslContext());
        }
        if (target.proxy() != null) {
            builder.proxy(target.proxy());
        }
        client = builder.build();
    }

    /** Another one for the same server, which shares the bound on requests with this one, but no connection. */
    Transport anew() {
        return new Transport(target, hiccups, places);
    }

    /** Starts an exchange and returns at once. */
    Exchange start(String method, URI uri, List<Header> headers, String body, JsonNode requestId, String purpose) {
        places.acquireUninterruptibly();
        var builder = HttpRequest.newBuilder(uri)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(h -> builder.header(h.name(), h.value()));
        HttpRequest request;
        try {
            request = builder.build();
        } catch (RuntimeException e) {
            places.release();
            throw e;
        }
        var exchange = new Exchange(method, uri, target.masked(headers), body, requestId, purpose, System.nanoTime());
        hiccups.beforeSend();
        var place = new Place();
        var future = client.sendAsync(request, info -> {
            hiccups.beforeHead();
            exchange.onHead(info.statusCode(), headersOf(info), System.nanoTime());
            place.leave();
            return new Feed(exchange);
        });
        exchange.onStart(() -> {
            place.leave();
            future.cancel(true);
        });
        future.whenComplete((response, failure) -> {
            place.leave();
            if (failure != null) {
                exchange.onEnd(failure, false, System.nanoTime());
            }
        });
        return exchange;
    }

    private List<Header> headersOf(HttpResponse.ResponseInfo info) {
        var headers = new ArrayList<Header>();
        info.headers().map().forEach((name, values) -> values.forEach(v -> headers.add(new Header(name, target.mask(v)))));
        return headers;
    }

    @Override
    public void close() {
        // The client of JDK 17 cannot be closed; without threads and references it is collected.
        threads.shutdownNow();
    }

    /** One of the places that bound how many requests are unanswered at once. */
    private final class Place {
        private boolean left;

        synchronized void leave() {
            if (!left) {
                left = true;
                places.release();
            }
        }
    }

    private static final class Feed implements BodySubscriber<Void> {
        private final Exchange exchange;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Feed(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public CompletionStage<Void> getBody() {
            return done;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            exchange.onStart(() -> {
                subscription.cancel();
                done.completeExceptionally(new IOException("closed by us"));
            });
            if (exchange.ended()) {
                subscription.cancel();
                done.complete(null);
            } else {
                subscription.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (var buffer : buffers) {
                var bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                exchange.onBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable failure) {
            exchange.onEnd(failure, true, System.nanoTime());
            done.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            exchange.onEnd(null, true, System.nanoTime());
            done.complete(null);
        }
    }
}
