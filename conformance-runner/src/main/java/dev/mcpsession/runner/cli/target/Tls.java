package dev.mcpsession.runner.cli.target;

import dev.mcpsession.runner.cli.console.UsageException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Trust settings for the certificates of servers. */
final class Tls {
    private Tls() {}

    /**
     * Trusts the certificates of a PEM or DER file, and no others.
     *
     * @throws UsageException if the file holds none
     */
    static SSLContext trusting(Path file) {
        try (var stream = Files.newInputStream(file)) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
                store.setCertificateEntry("authority " + count++, certificate);
            }
            if (count == 0) {
                throw new UsageException("--cacert: " + file + " holds no certificate");
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return context(trust.getTrustManagers());
        } catch (NoSuchFileException e) {
            throw new UsageException("--cacert: there is no file " + file, e);
        } catch (CertificateException e) {
            throw new UsageException(
                    "--cacert: " + file + " holds no certificate that can be read: " + e.getMessage(), e);
        } catch (IOException | GeneralSecurityException e) {
            throw new UsageException("--cacert: " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** Trusts every certificate, for any host. */
    static SSLContext trustingAll() {
        try {
            return context(new Credulous());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot do TLS", e);
        }
    }

    private static SSLContext context(TrustManager... managers) throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        return context;
    }

    /** An extended trust manager is left to check the name of the host too, which this one does not. */
    private static final class Credulous extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
