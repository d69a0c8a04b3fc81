package io.github.consulresolver.agent;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The certificate that is shown to an agent which wants one ({@code verify_incoming}), and its key. Both are read anew for each connection, so
 * they may be replaced; they need not be there yet. Immutable.
 *
 * @param certificate a file in PEM, with the certificates in between behind it, as {@code CONSUL_CLIENT_CERT} names it
 * @param key a file with its key in PEM, without a password, as {@code CONSUL_CLIENT_KEY} names it: PKCS #8 (RFC 5958), or as {@code consul tls
 *     cert create} makes them (RFC 5915 and, for RSA, RFC 8017)
 */
public record ClientCertificate(Path certificate, Path key) {
    private static final byte[] PROBE = new byte[32];

    /** @throws SSLException with one line that says what is wrong with which file, and never what is in it */
    X509ExtendedKeyManager keys() throws SSLException {
        X509Certificate[] chain = PemFile.certificates(certificate).toArray(X509Certificate[]::new);
        PrivateKey secret = PemKey.read(key, chain[0].getPublicKey());
        if (!fits(secret, chain[0].getPublicKey())) {
            throw new SSLException(key + ": not the key of the certificate in " + certificate);
        }
        return new OneKey(chain, secret);
    }

    /** A handshake with the wrong key fails, too, in words that tell nobody why. */
    private static boolean fits(PrivateKey secret, PublicKey open) {
        String algorithm = switch (open.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> open.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(open);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException no) {
            return false;
        }
    }
}
