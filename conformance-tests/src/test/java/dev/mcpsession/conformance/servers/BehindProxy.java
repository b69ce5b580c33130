package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.target.ServerLauncher;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A toy server at another path, behind a reverse proxy as they stand before real ones: it adds headers in both
 * directions, and writes the names of all in small letters, or in capitals.
 */
final class BehindProxy implements ServerLauncher.Serving {
    private static final String PATH = "/tenants/blue/api";

    private final ToyServer server;
    private final Undertow proxy;

    private BehindProxy(ToyServer server) {
        this.server = server;
        var upstream = new LoadBalancingProxyClient()
                .addHost(URI.create("http://" + server.uri().getAuthority()))
                .setConnectionsPerThread(200);
        var forward = ProxyHandler.builder()
                .setProxyClient(upstream)
                .setRewriteHostHeader(true)
                .build();
        var paths = new PathHandler().addPrefixPath(PATH, exchange -> {
            rename(exchange, true);
            exchange.getRequestHeaders().put(new HttpString("X-Request-Id"), "7");
            exchange.addResponseCommitListener(answering -> {
                rename(answering, false);
                answering
                        .getResponseHeaders()
                        .put(Headers.VIA, "1.1 proxy")
                        .put(Headers.SERVER, "proxy")
                        .put(new HttpString("Strict-Transport-Security"), "max-age=1");
            });
            forward.handleRequest(exchange);
        });
        proxy = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setIoThreads(2)
                .setWorkerThreads(4)
                .setHandler(paths)
                .build();
        proxy.start();
    }

    static ServerLauncher launcher(Supplier<? extends ToyServer> kind) {
        return settings -> {
            var launch = ToyServer.launcher(kind).launch(settings);
            return launch instanceof ToyServer server ? new BehindProxy(server) : launch;
        };
    }

    private static void rename(HttpServerExchange exchange, boolean capitals) {
        var headers = capitals ? exchange.getRequestHeaders() : exchange.getResponseHeaders();
        for (var name : java.util.List.copyOf(headers.getHeaderNames())) {
            var values = java.util.List.copyOf(headers.remove(name));
            var text = name.toString();
            var renamed = new HttpString(capitals ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT));
            values.forEach(value -> headers.add(renamed, value));
        }
    }

    @Override
    public URI uri() {
        var address = (InetSocketAddress) proxy.getListenerInfo().get(0).getAddress();
        return URI.create("http://127.0.0.1:" + address.getPort() + PATH + "/mcp?via=proxy");
    }

    @Override
    public String output() {
        return "";
    }

    @Override
    public void close() {
        proxy.stop();
        server.close();
    }
}
