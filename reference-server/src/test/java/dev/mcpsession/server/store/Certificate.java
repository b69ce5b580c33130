package dev.mcpsession.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** A certificate that is made for a test and signed by itself. */
public final class Certificate {

    private static final String PASSWORD = "changeit";

    private final Path folder;

    /** @param name what it is for, as a subject alternative name such as {@code ip:127.0.0.1} */
    public Certificate(Path folder, String name) throws IOException, InterruptedException, GeneralSecurityException {
        this.folder = folder;
        var keys = folder.resolve("keys.p12");
        var command = List.of(
                System.getProperty("java.home") + "/bin/keytool",
                "-genkeypair",
                "-alias",
                "store",
                "-keyalg",
                "EC",
                "-dname",
                "CN=store",
                "-ext",
                "SAN=" + name,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                keys.toString());
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool has failed: " + output);
        }
        var made = KeyStore.getInstance(keys.toFile(), PASSWORD.toCharArray());
        write(
                "key.pem",
                "PRIVATE KEY",
                made.getKey("store", PASSWORD.toCharArray()).getEncoded());
        write("cert.pem", "CERTIFICATE", made.getCertificate("store").getEncoded());
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("store", made.getCertificate("store"));
        try (var out = Files.newOutputStream(folder.resolve("trusted.p12"))) {
            trusted.store(out, PASSWORD.toCharArray());
        }
    }

    private void write(String file, String kind, byte[] content) throws IOException {
        Files.writeString(
                folder.resolve(file),
                "-----BEGIN " + kind + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END " + kind
                        + "-----\n");
    }

    /** Returns the options of a Redis server that listens with this certificate on one more port. */
    public String[] forServer(int port) {
        return new String[] {
            "--tls-port",
            Integer.toString(port),
            "--tls-cert-file",
            folder.resolve("cert.pem").toString(),
            "--tls-key-file",
            folder.resolve("key.pem").toString(),
            "--tls-auth-clients",
            "no"
        };
    }

    /** Returns the options of a virtual machine that trusts this certificate, and no other. */
    public List<String> trusted() {
        return List.of(
                "-Djavax.net.ssl.trustStore=" + folder.resolve("trusted.p12"),
                "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
    }
}
