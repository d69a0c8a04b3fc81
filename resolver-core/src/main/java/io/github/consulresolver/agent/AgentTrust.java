package io.github.consulresolver.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whose certificates are believed, when an agent is spoken to over TLS. Immutable.
 *
 * @param file certificates of authorities in PEM, one behind the other, as {@code CONSUL_CACERT} has them: those are believed, and no others.
 *     Empty for those that the JVM believes
 */
public record AgentTrust(Optional<Path> file) {
    /** Those that the JVM believes. */
    public static final AgentTrust OF_JVM = new AgentTrust(Optional.empty());

    /** The authorities of a file, which is read anew for each connection, and so may be replaced. */
    public static AgentTrust in(Path file) {
        return new AgentTrust(Optional.of(file));
    }

    /** @throws SSLException with one line that says why there is none */
    SSLContext context() throws SSLException {
        try {
            return file.isPresent() ? trusting(authorities(file.get())) : SSLContext.getDefault();
        } catch (NoSuchFileException e) {
            throw new SSLException(e.getFile() + ": no such file", e);
        } catch (IOException e) {
            throw new SSLException(file.map(Path::toString).orElse("") + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new SSLException(
                    file.map(path -> path + ": expected certificates in PEM").orElse("no TLS can be had"), e);
        }
    }

    private static Collection<? extends Certificate> authorities(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    private static SSLContext trusting(Collection<? extends Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (Certificate authority : authorities) {
            store.setCertificateEntry("authority-" + store.size(), authority);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
