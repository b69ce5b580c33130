package dev.mcpsession.conformance.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.mcpsession.conformance.engine.Suite;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.run.UnjudgeableException;
import dev.mcpsession.conformance.servers.Tls;
import dev.mcpsession.conformance.target.HttpProxy;
import dev.mcpsession.conformance.target.Target;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProxyTest {
    private static final String AUTHORIZATION = "Basic dXNlcjpzZXNhbWU=";

    private final WireMockServer server =
            new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort().dynamicHttpsPort());
    private TinyProxy proxy;

    @BeforeEach
    void start() throws Exception {
        server.start();
        server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(418)));
        proxy = new TinyProxy(AUTHORIZATION);
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        server.stop();
    }

    private URI plain() {
        return URI.create("http://127.0.0.1:" + server.port() + "/mcp");
    }

    private URI secure() {
        return URI.create("https://127.0.0.1:" + server.httpsPort() + "/mcp");
    }

    private Target target(URI uri, String authorization) throws Exception {
        return Target.at(uri)
                .sslContext(Tls.trustingAll())
                .proxy(new HttpProxy("127.0.0.1", proxy.port(), authorization, u -> true))
                .build();
    }

    private static Client client(Target target) {
        return new Client(
                target,
                new Transport(target, FaultInjection.NONE),
                Revision.V2025_11_25,
                null,
                new Transcript(),
                (why, span) -> {});
    }

    @Test
    void isAskedForPlainUrls() throws Exception {
        assertEquals(
                418, client(target(plain(), AUTHORIZATION)).plain("GET").send().status());
        assertEquals(List.of("GET " + plain() + " HTTP/1.1"), proxy.asked());
        // Its credentials are no business of the server's.
        server.verify(
                0,
                anyRequestedFor(anyUrl())
                        .withHeader(
                                "Proxy-Authorization", com.github.tomakehurst.wiremock.client.WireMock.matching(".*")));
    }

    @Test
    void isTunnelledThroughForSecureUrls() throws Exception {
        var client = client(target(secure(), AUTHORIZATION));
        assertEquals(418, client.plain("GET").send().status());
        assertEquals(418, client.plain("GET").raw().send().status());
        var connect = "CONNECT 127.0.0.1:" + server.httpsPort() + " HTTP/1.1";
        assertEquals(Set.of(connect), Set.copyOf(proxy.asked()));
        assertEquals(2, proxy.asked().size());
        server.verify(
                0,
                anyRequestedFor(anyUrl())
                        .withHeader(
                                "Proxy-Authorization", com.github.tomakehurst.wiremock.client.WireMock.matching(".*")));
    }

    @Test
    void thatRefusesTheTunnelIsNamed() throws Exception {
        var exchange =
                client(target(secure(), "Basic wrong")).plain("GET").raw().send();
        assertFalse(exchange.answered());
        assertTrue(
                exchange.failure().orElseThrow().getMessage().endsWith("does not connect to the server: status 407"));
        var why = assertThrows(
                UnjudgeableException.class,
                () -> Suite.of(target(plain(), null)).run());
        assertTrue(why.getMessage().contains("needs credentials (status 407)"), why::getMessage);
        assertTrue(assertThrows(
                        UnjudgeableException.class,
                        () -> Suite.of(target(secure(), null)).run())
                .getMessage()
                .contains("needs credentials (status 407)"));
    }

    @Test
    void thatIsNotThereIsNamed() throws Exception {
        proxy.close();
        var why = assertThrows(
                UnjudgeableException.class,
                () -> Suite.of(target(plain(), null)).run());
        assertTrue(
                why.getMessage().startsWith("the proxy 127.0.0.1:" + proxy.port() + ", through which"),
                why::getMessage);
    }

    @Test
    void coversWhatItIsToldTo() throws Exception {
        var target = Target.at(plain())
                .proxy(new HttpProxy("127.0.0.1", proxy.port(), AUTHORIZATION, u -> false))
                .build();
        assertEquals(418, client(target).plain("GET").send().status());
        assertEquals(418, client(target).plain("GET").raw().send().status());
        assertEquals(List.of(), proxy.asked());
    }
}
