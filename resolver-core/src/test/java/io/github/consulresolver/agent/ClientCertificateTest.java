package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client's certificate and its key can look like. That an agent believes one is shown in {@link ConsulTlsTest}. */
class ClientCertificateTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private Path directory;

    /** Makes {@code NAME.pem}, and its key in PKCS #8. */
    private byte[] make(String name, String algorithm) throws Exception {
        Path file = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        algorithm,
                        "-alias",
                        "own",
                        "-dname",
                        "CN=" + name,
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        assertThat(keytool.waitFor())
                .as(Files.readString(directory.resolve("log")))
                .isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        write(name + ".pem", "CERTIFICATE", keys.getCertificate("own").getEncoded());
        return keys.getKey("own", PASSWORD).getEncoded();
    }

    private Path write(String file, String label, byte[] der) throws IOException {
        String pem = Base64.getMimeEncoder().encodeToString(der);
        return Files.writeString(
                directory.resolve(file), "-----BEGIN " + label + "-----\n" + pem + "\n-----END " + label + "-----\n");
    }

    private ClientCertificate pair(Path key) {
        return new ClientCertificate(directory.resolve("own.pem"), key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA", "Ed25519"})
    void a_key_in_PKCS8_is_read(String algorithm) throws Exception {
        Path key = write("key.pem", "PRIVATE KEY", make("own", algorithm));

        assertThat(pair(key).keys().getCertificateChain("own")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void a_key_in_the_form_before_PKCS8_is_read(String algorithm) throws Exception {
        byte[] pkcs8 = make("own", algorithm);
        // A sequence, in it a version of three bytes, an algorithm, and the key as a string of bytes.
        int inside = pkcs8[1] < 0 ? 2 + (pkcs8[1] & 0x7f) : 2;
        int string = inside + 3 + 2 + pkcs8[inside + 4];
        int start = string + (pkcs8[string + 1] < 0 ? 2 + (pkcs8[string + 1] & 0x7f) : 2);
        byte[] inner = Arrays.copyOfRange(pkcs8, start, pkcs8.length);
        Path key = write("key.pem", algorithm + " PRIVATE KEY", inner);

        assertThat(pair(key).keys().getPrivateKey("own").getEncoded()).isEqualTo(pkcs8);
    }

    @Test
    void a_key_behind_something_else_is_read() throws Exception {
        byte[] pkcs8 = make("own", "EC");
        Path key = write("key.pem", "PRIVATE KEY", pkcs8);
        Path params = write("params.pem", "EC PARAMETERS", new byte[] {6, 1, 1});
        Files.writeString(key, Files.readString(params) + Files.readString(key));

        assertThat(pair(key).keys().getPrivateKey("own").getEncoded()).isEqualTo(pkcs8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void the_key_of_another_certificate_is_named(String algorithm) throws Exception {
        make("own", algorithm);
        Path key = write("key.pem", "PRIVATE KEY", make("other", algorithm));

        assertThatThrownBy(() -> pair(key).keys())
                .hasMessage(key + ": not the key of the certificate in " + directory.resolve("own.pem"));
    }

    @Test
    void a_key_of_another_kind_is_named() throws Exception {
        make("own", "RSA");
        Path key = write("key.pem", "PRIVATE KEY", make("other", "EC"));

        assertThatThrownBy(() -> pair(key).keys())
                .hasMessage(key + ": not a key of the kind that the certificate has, RSA");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
            })
    void of_a_key_with_a_password_it_is_said_how_to_take_it_off(String pem) throws Exception {
        make("own", "EC");
        Path key = Files.writeString(directory.resolve("key.pem"), pem);

        assertThatThrownBy(() -> pair(key).keys())
                .hasMessageStartingWith(key + ": the key has a password.")
                .hasMessageContaining("openssl pkey");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret", "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n"})
    void what_is_no_key_is_named_and_not_shown(String text) throws Exception {
        make("own", "EC");
        Path key = Files.writeString(directory.resolve("key.pem"), text);

        assertThatThrownBy(() -> pair(key).keys())
                .hasMessageStartingWith(key + ": ")
                .hasNoCause()
                .message()
                .hasLineCount(1)
                .doesNotContain("secret", "c2Vj");
    }

    @Test
    void a_file_that_is_not_there_is_named() throws Exception {
        Path key = write("key.pem", "PRIVATE KEY", make("own", "EC"));
        Path missing = directory.resolve("missing.pem");

        assertThatThrownBy(() -> pair(missing).keys()).hasMessage(missing + ": no such file");
        assertThatThrownBy(() -> new ClientCertificate(missing, key).keys()).hasMessage(missing + ": no such file");
    }
}
