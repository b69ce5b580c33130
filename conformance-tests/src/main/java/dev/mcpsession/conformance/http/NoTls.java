package dev.mcpsession.conformance.http;

import java.security.KeyManagementException;
import java.security.Provider;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * The TLS context of a client that speaks plain HTTP alone. {@link java.net.http.HttpClient} wants a context all the
 * same, and to set up a real one takes some 400 classes and a tenth of a short run.
 */
final class NoTls extends SSLContext {
    NoTls() {
        super(new Refusal(), new Nobody(), "none");
    }

    private static final class Nobody extends Provider {
        Nobody() {
            super("none", "1", "no TLS");
        }
    }

    /** Answers what a client asks while it is built, and nothing that a connection would need. */
    private static final class Refusal extends SSLContextSpi {
        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return new SSLParameters(new String[0], new String[] {"TLSv1.2"});
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return engineGetDefaultSSLParameters();
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("this context has no TLS");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            throw new IllegalStateException("this client speaks no TLS");
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            throw new IllegalStateException("this client speaks no TLS");
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            throw new IllegalStateException("this client speaks no TLS");
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            throw new IllegalStateException("this client speaks no TLS");
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            throw new IllegalStateException("this client speaks no TLS");
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            throw new IllegalStateException("this client speaks no TLS");
        }
    }
}
