package dev.mcpsession.conformance.http;

import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.target.Target;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Sends requests over {@link HttpClient}, at most so many at once, and fills their {@link Exchange}s. */
public final class Transport implements AutoCloseable {
    static {
        // A server may close an idle connection at the moment that we reuse it. The usual servers wait 5 s or more;
        // dropping ours before that keeps a rule from seeing the reset.
        if (System.getProperty("jdk.httpclient.keepalive.timeout") == null) {
            System.setProperty("jdk.httpclient.keepalive.timeout", "2");
        }
        // Else the JDK would keep a user's name and password from the proxy through which it reaches an https URL.
        if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        }
    }

    /** Header values longer than this are cut when they are shown; a right server's session ids are shorter. */
    private static final int LONGEST_SHOWN = 1024;

    /** More than any server has a use for; how long they are together, the JDK and {@link RawConnection} bound. */
    static final int MAX_FIELDS = 1000;

    /** The requests of the server that wait to be answered; threads answer a few at a time. */
    private static final int MAX_UNANSWERED = 2000;

    private static final int ANSWERERS = 8;

    /** Header values that the JDK's client sends unchanged. */
    private static final Pattern ASCII = Pattern.compile("[\\t\\x20-\\x7E]*");

    /** How long to wait for a connection that only shows whether the server takes one. */
    private static final Duration CONNECT = Duration.ofSeconds(1);

    private static final String PROXY_AUTHORIZATION = "Proxy-Authorization";

    /** A server whose streams were resumed in vain so often, and not once with a response, is not polled any more. */
    private static final int VAIN_POLLS = 4;

    private final HttpClient client;
    private final ExecutorService threads;
    private final AtomicInteger vainPolls = new AtomicInteger();
    private final ThreadPoolExecutor answerers;
    private final Semaphore places;
    private final Pace pace;
    private final FaultInjection faultInjection;
    private final Silence.Watch watch;
    private final Departure.Watch door;
    private final Memory memory;
    private final Vain vain;
    private final Openings openings;
    private final Target target;

    public Transport(Target target, FaultInjection faultInjection) {
        this(
                target,
                faultInjection,
                new Semaphore(target.concurrency(), true),
                new Pace(target.maxRequestsPerSecond()),
                new Silence.Watch(target.uri()),
                new Departure.Watch(target.uri()),
                new Memory(),
                new Vain(),
                new Openings());
    }

    private Transport(
            Target target,
            FaultInjection faultInjection,
            Semaphore places,
            Pace pace,
            Silence.Watch watch,
            Departure.Watch door,
            Memory memory,
            Vain vain,
            Openings openings) {
        this.target = target;
        this.faultInjection = faultInjection;
        this.places = places;
        this.pace = pace;
        this.watch = watch;
        this.door = door;
        this.memory = memory;
        this.vain = vain;
        this.openings = openings;
        threads = Executors.newCachedThreadPool(daemons("conformance-http"));
        answerers = new ThreadPoolExecutor(
                ANSWERERS,
                ANSWERERS,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_UNANSWERED),
                daemons("conformance-answers"),
                new ThreadPoolExecutor.DiscardPolicy());
        answerers.allowCoreThreadTimeOut(true);
        var builder = HttpClient.newBuilder()
                .executor(threads)
                .connectTimeout(target.patience())
                .followRedirects(HttpClient.Redirect.NEVER)
                // Over TLS both sides agree on one; an upgrade in the clear would be one more header to stumble over.
                .version(
                        "https".equalsIgnoreCase(target.uri().getScheme())
                                ? HttpClient.Version.HTTP_2
                                : HttpClient.Version.HTTP_1_1);
        if (target.sslContext() != null) {
            builder.sslContext(target.sslContext());
        } else if ("http".equalsIgnoreCase(target.uri().getScheme())) {
            builder.sslContext(new NoTls());
        }
        if (target.proxy() != null) {
            builder.proxy(target.proxy().selector());
        }
        client = builder.build();
    }

    /** Another one for the same server, which shares the bounds on requests with this one, but no connection. */
    Transport anew() {
        return new Transport(target, faultInjection, places, pace, watch, door, memory, vain, openings);
    }

    /** Answers a request of the server's, beside everything else; of very many at once, some stay without an answer. */
    void answer(Runnable task) {
        answerers.execute(task);
    }

    /**
     * Runs tasks at the same time, and waits for all.
     *
     * @throws RuntimeException what the first of them threw that failed
     */
    void sideBySide(List<Runnable> tasks) {
        var running = tasks.stream()
                .map(task -> CompletableFuture.runAsync(task, threads))
                .toList();
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RuleAbortedException.inconclusive("the run was interrupted");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            var thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Since when the server has answered nothing, where many requests were sent since. */
    public Optional<Silence> silence() {
        return watch.silence();
    }

    /** The same of the requests of one method, where the server answers others. */
    public Optional<Silence> silenceOfOneMethod() {
        return watch.ofOneMethod();
    }

    /** @param task run when a connection is refused, and none was since the last answer */
    public void onRefused(Runnable task) {
        door.onRefused(task);
    }

    /** Whether a request broke off, and the server has answered none that was sent after that. */
    public boolean hasBrokenOff() {
        return door.hasBrokenOff();
    }

    /** That connections to the server are refused, if they are, and none was taken since. */
    public Optional<Departure> departure() {
        return door.departure();
    }

    /**
     * Whether the server takes a connection now. True as well where it is reached through a proxy, since that takes
     * them in its place.
     */
    public boolean takesConnections() {
        var uri = target.uri();
        if (proxy(uri).isPresent()) {
            return true;
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), port), (int) CONNECT.toMillis());
            door.reopened();
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            // Whatever else is the matter, it is not refused.
            return true;
        }
    }

    /** The sessions that the rules of the run open. */
    Openings openings() {
        return openings;
    }

    /** The time that was waited for replies which did not come. */
    public Vain vain() {
        return vain;
    }

    /**
     * How long to wait for an answer to a question of which nothing depends but more questions: once a server has kept
     * us waiting for as long as the patience lasts, not much longer.
     */
    Duration patienceForQuestions() {
        return Vain.shorten(target.patience(), vain.total());
    }

    /** Starts an exchange and returns at once. */
    boolean mayPoll() {
        return vainPolls.get() < VAIN_POLLS;
    }

    /** Polls again where that was in vain, since the machine may have been busy. */
    public void pollAnew() {
        vainPolls.updateAndGet(n -> Math.min(n, 0));
    }

    void hasPolled(boolean successfully) {
        vainPolls.updateAndGet(n -> successfully ? Integer.MIN_VALUE : n + 1);
    }

    Exchange start(
            String method,
            URI uri,
            List<Header> headers,
            @Nullable String body,
            @Nullable JsonNode requestId,
            String purpose) {
        if (!headers.stream().allMatch(h -> ASCII.matcher(h.value()).matches())) {
            // A server may assign such an id against the rules; the JDK's client refuses or garbles it.
            return startRaw(method, uri, headers, body, Framing.WHOLE, requestId, purpose);
        }
        var place = takePlace();
        var builder = HttpRequest.newBuilder(uri)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(h -> builder.header(h.name(), h.value()));
        var proxy = target.proxy();
        if (proxy != null && proxy.authorization() != null && proxy.covers().test(uri)) {
            builder.setHeader(PROXY_AUTHORIZATION, proxy.authorization());
        }
        HttpRequest request;
        try {
            request = builder.build();
        } catch (RuntimeException e) {
            place.leave();
            throw e;
        }
        var exchange = exchange(method, uri, target.masked(headers), body, requestId, purpose);
        faultInjection.beforeSend();
        var future = client.sendAsync(request, info -> {
            faultInjection.beforeHead();
            onHead(exchange, info.statusCode(), headersOf(info.headers()));
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
                tellIfOutOfMemory(failure);
                closeConnection(future);
                exchange.onEnd(failure, false, System.nanoTime());
                watch.onEnd(exchange);
                door.onEnd(exchange);
            } else if (!exchange.answered()) {
                // The JDK hands no body, not even an empty one, of a proxy that refuses to connect.
                onHead(exchange, response.statusCode(), headersOf(response.headers()));
                exchange.onEnd(null, true, System.nanoTime());
            }
        });
        return exchange;
    }

    /**
     * The JDK's client leaves a connection open, and keeps what came over it, where it cannot read the head of a reply.
     * Only a future that is not done can be cancelled, but all futures that stem from one cancel the same exchange.
     */
    private static void closeConnection(CompletableFuture<?> failed) {
        failed.newIncompleteFuture().cancel(true);
    }

    /**
     * The JDK's client catches every error: one that concerns the whole process is passed on to who looks for those.
     */
    private static void tellIfOutOfMemory(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) {
                var thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
                return;
            }
        }
    }

    /** As {@link #start}, byte by byte over a connection of its own. */
    Exchange startRaw(
            String method,
            URI uri,
            List<Header> headers,
            @Nullable String body,
            Framing framing,
            @Nullable JsonNode requestId,
            String purpose) {
        var proxy = proxy(uri);
        if (proxy.isPresent()
                && (proxy.get().type() != Proxy.Type.HTTP || !"https".equalsIgnoreCase(uri.getScheme()))) {
            throw RuleAbortedException.notTestable(
                    "what this rule sends does not pass a proxy unchanged: reach the server directly");
        }
        var place = takePlace();
        var connection =
                new RawConnection(uri, target.sslContext(), proxy.map(p -> tunnel((InetSocketAddress) p.address())));
        var exchange = exchange(method, uri, legible(target.masked(headers)), body, requestId, purpose);
        exchange.onStart(() -> {
            place.leave();
            try {
                connection.close();
            } catch (IOException e) {
                // It is closed as far as we can close it.
            }
        });
        threads.execute(() -> {
            Throwable failure = null;
            try {
                faultInjection.beforeSend();
                connection.run(
                        method, headers, body, framing, (int) target.patience().toMillis(), new RawConnection.Sink() {
                            @Override
                            public void head(int status, List<Header> replied) {
                                faultInjection.beforeHead();
                                onHead(exchange, status, replied);
                                place.leave();
                            }

                            @Override
                            public void bytes(byte[] bytes) {
                                exchange.onBytes(bytes);
                            }
                        });
            } catch (IOException | RuntimeException e) {
                failure = e;
            } finally {
                exchange.onEnd(failure, exchange.answered(), System.nanoTime());
                watch.onEnd(exchange);
                door.onEnd(exchange);
                place.leave();
            }
        });
        return exchange;
    }

    private Exchange exchange(
            String method,
            URI uri,
            List<Header> shown,
            @Nullable String body,
            @Nullable JsonNode requestId,
            String purpose) {
        var exchange =
                new Exchange(method, uri, shown, body, requestId, purpose, System.nanoTime(), memory, target::excerpt);
        exchange.countedBy(vain);
        openings.add(exchange, body);
        return exchange;
    }

    /** Takes one of the places, and waits for the turn. */
    private Place takePlace() {
        places.acquireUninterruptibly();
        try {
            pace.await();
        } catch (RuleAbortedException e) {
            places.release();
            throw e;
        }
        return new Place();
    }

    /** The proxy that leads to a URL; empty where it is reached directly. */
    private Optional<Proxy> proxy(URI uri) {
        var selector = target.proxy() == null
                ? ProxySelector.getDefault()
                : target.proxy().selector();
        return selector == null
                ? Optional.empty()
                : selector.select(uri).stream()
                        .filter(p -> p.type() != Proxy.Type.DIRECT)
                        .findFirst();
    }

    private RawConnection.Tunnel tunnel(InetSocketAddress proxy) {
        var authorization = target.proxy() == null ? null : target.proxy().authorization();
        return new RawConnection.Tunnel(
                proxy.getHostString(),
                proxy.getPort(),
                authorization == null ? List.of() : List.of(new Header(PROXY_AUTHORIZATION, authorization)));
    }

    /** The headers as a report can show them. */
    private static List<Header> legible(List<Header> headers) {
        return headers.stream()
                .map(h -> new Header(SessionIds.visible(h.name()), legible(h.value())))
                .toList();
    }

    private static String legible(String value) {
        return value.length() <= LONGEST_SHOWN
                ? SessionIds.visible(value)
                : SessionIds.visible(Text.beginning(value, 64)) + "… (" + value.length() + " characters)";
    }

    private void onHead(Exchange exchange, int status, List<Header> headers) {
        if (headers.size() > MAX_FIELDS) {
            exchange.abort(new ReplyBoundException("the head of the reply has more than " + MAX_FIELDS + " fields"));
            return;
        }
        var masked = headers.stream()
                .map(h -> new Header(h.name(), target.mask(h.value())))
                .toList();
        exchange.onHead(
                status, masked, Exchange.first(headers, Client.SESSION_HEADER).orElse(null), System.nanoTime());
        watch.onAnswer(exchange);
        door.onAnswer(exchange);
    }

    private static List<Header> headersOf(HttpHeaders fields) {
        var headers = new ArrayList<Header>();
        fields.map().forEach((name, values) -> values.forEach(v -> headers.add(new Header(name, v))));
        return headers;
    }

    @Override
    public void close() {
        // The client of JDK 17 cannot be closed; without threads and references it is collected.
        threads.shutdownNow();
        answerers.shutdownNow();
    }

    /**
     * One of the places that bound how many requests are unanswered at once. It is left when the client's patience is
     * over at the latest: where a server answers nobody, rules that hold places and need more would wait for one
     * another for ever.
     */
    private final class Place {
        private final CompletableFuture<Void> left = new CompletableFuture<>();

        Place() {
            left.thenRun(places::release);
            left.completeOnTimeout(null, target.patience().toNanos(), TimeUnit.NANOSECONDS);
        }

        void leave() {
            left.complete(null);
        }
    }

    private static final class Feed implements BodySubscriber<Void> {
        private final Exchange exchange;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile Flow.@Nullable Subscription subscription;

        Feed(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public CompletionStage<Void> getBody() {
            return done;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            exchange.onStart(() -> {
                subscription.cancel();
                done.completeExceptionally(new IOException("closed by us"));
            });
            if (exchange.ended()) {
                subscription.cancel();
                done.complete(null);
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (var buffer : buffers) {
                var bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                exchange.onBytes(bytes);
            }
            // Only now the next: what comes faster than it is read waits on the server's side.
            Objects.requireNonNull(subscription, "Nothing comes before it is asked for")
                    .request(1);
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
