package io.github.consulresolver.agent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Reads a private key in PEM (RFC 7468). The JDK knows PKCS #8 alone; the older forms, which {@code consul tls cert create} writes, are what PKCS #8
 * has in its middle, without the name of the algorithm before it. That name stands in the certificate, too.
 */
final class PemKey {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----([^-]*)-----END \\1-----");

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;

    private PemKey() {}

    /**
     * The first key of a file.
     *
     * @param open the key that the certificate shows
     * @throws SSLException with one line that names the file, and never has anything of the key
     */
    static PrivateKey read(Path file, PublicKey open) throws SSLException {
        String text = new String(PemFile.bytes(file), StandardCharsets.ISO_8859_1);
        Matcher pem = KEY.matcher(text);
        if (!pem.find()) {
            if (text.contains("Proc-Type:") && text.contains("ENCRYPTED")) {
                throw hasPassword(file);
            }
            throw new SSLException(file + ": expected a private key in PEM");
        }
        if (pem.group(1).startsWith("ENCRYPTED")) {
            throw hasPassword(file);
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            byte[] pkcs8 = pem.group(1).equals("PRIVATE KEY") ? der : wrapped(der, algorithm(open.getEncoded()));
            return KeyFactory.getInstance(open.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            // Not as the cause: it may quote what it cannot read.
            throw new SSLException(file + ": not a key of the kind that the certificate has, " + open.getAlgorithm());
        }
    }

    private static SSLException hasPassword(Path file) {
        return new SSLException(
                file + ": the key has a password. Take it off: openssl pkey -in " + file + " -out FILE");
    }

    /** RFC 5208, section 5: a version, which algorithm it is for, the key. */
    private static byte[] wrapped(byte[] key, byte[] algorithm) {
        byte[] version = element(INTEGER, new byte[] {0});
        return element(SEQUENCE, version, algorithm, element(OCTET_STRING, key));
    }

    /** RFC 5280, section 4.1: a public key is a sequence, and the algorithm, with the curve, the first in it. */
    private static byte[] algorithm(byte[] open) {
        int start = contentAt(open, 0);
        int content = contentAt(open, start);
        return Arrays.copyOfRange(open, start, content + length(open, start));
    }

    private static int contentAt(byte[] der, int element) {
        return element + 2 + (der[element + 1] < 0 ? der[element + 1] & 0x7f : 0);
    }

    private static int length(byte[] der, int element) {
        if (der[element + 1] >= 0) {
            return der[element + 1];
        }
        int length = 0;
        for (int i = element + 2; i < contentAt(der, element); i++) {
            length = length << 8 | der[i] & 0xff;
        }
        return length;
    }

    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        // DER: the shortest way to write a length; no key has 64 KB.
        if (content.size() < 0x80) {
            element.write(content.size());
        } else if (content.size() < 0x100) {
            element.write(0x81);
            element.write(content.size());
        } else {
            element.write(0x82);
            element.write(content.size() >> 8);
            element.write(content.size());
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }
}
