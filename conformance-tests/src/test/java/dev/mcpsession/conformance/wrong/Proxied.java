package dev.mcpsession.conformance.wrong;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.extension.ResponseTransformerV2;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.http.Response;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import java.net.URI;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A toy server behind a WireMock proxy that changes what passes, for wrongs at the level of HTTP. The proxy holds
 * back a reply until it is whole, so that it offers no GET stream.
 */
final class Proxied implements ServerLauncher.Serving {
    private final ToyServer server;
    private final WireMockServer proxy;

    /** Changes a reply. */
    interface Change {
        Response apply(Request request, Response response);
    }

    private Proxied(ToyServer server, Consumer<WireMockServer> stubs, Change change) {
        this.server = server;
        proxy = new WireMockServer(options()
                .bindAddress("127.0.0.1")
                .dynamicPort()
                .disableRequestJournal()
                .gzipDisabled(true)
                .containerThreads(100)
                .extensions(new Changer(change)));
        proxy.start();
        var origin = server.uri().getScheme() + "://" + server.uri().getAuthority();
        proxy.stubFor(any(anyUrl()).atPriority(10).willReturn(aResponse().proxiedFrom(origin)));
        proxy.stubFor(get(anyUrl()).atPriority(9).willReturn(aResponse().withStatus(405)));
        stubs.accept(proxy);
    }

    /** Changes replies of the server. */
    static ServerLauncher changing(Supplier<? extends ToyServer> kind, Change change) {
        return before(kind, proxy -> {}, change);
    }

    /** Answers some requests in place of the server; stubs take precedence with a priority under 9. */
    static ServerLauncher stubbing(Supplier<? extends ToyServer> kind, Consumer<WireMockServer> stubs) {
        return before(kind, stubs, (request, response) -> response);
    }

    private static ServerLauncher before(
            Supplier<? extends ToyServer> kind, Consumer<WireMockServer> stubs, Change change) {
        return settings -> {
            var launch = ToyServer.launcher(kind).launch(settings);
            return launch instanceof ToyServer server ? new Proxied(server, stubs, change) : launch;
        };
    }

    @Override
    public URI uri() {
        return URI.create("http://127.0.0.1:" + proxy.port() + server.uri().getPath());
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

    private record Changer(Change change) implements ResponseTransformerV2 {
        @Override
        public String getName() {
            return "changer";
        }

        @Override
        public Response transform(Response response, ServeEvent event) {
            return change.apply(event.getRequest(), response);
        }
    }
}
