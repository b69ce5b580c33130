package dev.mcpsession.conformance.target;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy between the kit and servers.
 *
 * @param authorization the value of the Proxy-Authorization header; null for none
 * @param covers which URLs are reached through it; all others are reached directly
 */
public record HttpProxy(String host, int port, @Nullable String authorization, Predicate<URI> covers) {

    /** The same as the JDK has it. */
    public ProxySelector selector() {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return List.of(
                        covers.test(uri)
                                ? new Proxy(Proxy.Type.HTTP, new InetSocketAddress(host, port))
                                : Proxy.NO_PROXY);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {
                // There is no other to turn to.
            }
        };
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
