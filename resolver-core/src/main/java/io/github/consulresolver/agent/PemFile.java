package io.github.consulresolver.agent;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;

/** A file of certificates or keys in PEM. */
final class PemFile {
    /** A whole system's list of authorities has a quarter of it. */
    private static final long LARGEST = 1 << 20;

    private PemFile() {}

    /**
     * The certificates of a file, one or more.
     *
     * @throws SSLException with one line that names the file
     */
    static List<X509Certificate> certificates(Path file) throws SSLException {
        byte[] pem = bytes(file);
        try {
            X509Certificate[] found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem))
                    .toArray(X509Certificate[]::new);
            if (found.length > 0) {
                return List.of(found);
            }
        } catch (GeneralSecurityException e) {
            throw new SSLException(file + ": expected certificates in PEM", e);
        }
        throw new SSLException(file + ": expected certificates in PEM");
    }

    /** @throws SSLException with one line that names the file */
    static byte[] bytes(Path file) throws SSLException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new SSLException(file + ": too large, expected a file in PEM");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new SSLException(file + ": no such file", e);
        } catch (SSLException e) {
            throw e;
        } catch (IOException e) {
            throw new SSLException(file + " cannot be read", e);
        }
    }
}
