package dev.mcpsession.runner.cli.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.runner.cli.console.UsageException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
    private static final URI SERVER = URI.create("https://mcp.example.org/mcp");

    @Test
    void theOneThatIsNamedIsUsedForAll() {
        var proxy = Proxies.of("http://us%3Aer:p%40ss+word@proxy.example:3128", Map.of(), SERVER);
        assertEquals("proxy.example:3128", proxy.toString());
        assertEquals("Basic dXM6ZXI6cEBzcyt3b3Jk", proxy.authorization());
        assertTrue(proxy.covers().test(URI.create("http://127.0.0.1:1/")));
        assertEquals(
                "proxy.example:80",
                Proxies.of("proxy.example", Map.of(), SERVER).toString());
    }

    @Test
    void theEnvironmentNamesOneForEachScheme() {
        var environment = Map.of("HTTPS_PROXY", "http://secure.example:1", "http_proxy", "http://plain.example:2");
        var proxy = Proxies.of(null, environment, SERVER);
        assertEquals("secure.example:1", proxy.toString());
        assertNull(proxy.authorization());
        assertTrue(proxy.covers().test(SERVER));
        assertFalse(proxy.covers().test(URI.create("http://mcp.example.org/mcp")));
        assertEquals(
                "plain.example:2",
                Proxies.of(null, environment, URI.create("http://mcp.example.org/mcp"))
                        .toString());
        assertEquals(
                "all.example:3",
                Proxies.of(null, Map.of("ALL_PROXY", "all.example:3"), SERVER).toString());
        assertNull(Proxies.of(null, Map.of("HTTPS_PROXY", " "), SERVER));
    }

    @Test
    void noneIsUsedForThisMachineUnlessItIsNamed() {
        var environment = Map.of("HTTP_PROXY", "socks5://proxy.example:1");
        for (var server : new String[] {"http://localhost:1/mcp", "http://127.0.0.2:1/mcp", "http://[::1]:1/mcp"}) {
            assertFalse(
                    Proxies.of(null, environment, URI.create(server)).covers().test(URI.create(server)), server);
        }
        assertFalse(Proxies.of("none", Map.of("HTTPS_PROXY", "proxy.example:1"), SERVER)
                .covers()
                .test(SERVER));
        var refused = assertThrows(
                UsageException.class, () -> Proxies.of(null, environment, URI.create("http://mcp.example.org/")));
        assertTrue(refused.getMessage()
                .contains("HTTP_PROXY: only http:// proxies can be used, not socks5://; to do without"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example.org/, example.org, true",
        "https://a.example.org/, .example.org, true",
        "https://a.example.org/, *.example.org, true",
        "https://A.Example.org/, 'x, a.example.ORG', true",
        "https://badexample.org/, example.org, false",
        "https://a.example.org/, a.example.org:443, true",
        "https://a.example.org:8443/, a.example.org:443, false",
        "http://10.1.2.3/, 10.0.0.0/8, true",
        "http://11.1.2.3/, 10.0.0.0/8, false",
        "http://10.1.2.3/, 2.3, false",
        "http://[fd00::7]/, fd00::/8, true",
        "http://[fd00::7]/, fd00::7, true",
        "http://[fd00::7]:81/, [fd00::7]:81, true",
        "http://a/, *, true",
        "http://a/, '', false",
    })
    void someServersAreSpared(String server, String list, boolean spared) {
        assertEquals(spared, Proxies.isSpared(URI.create(server), list));
    }
}
