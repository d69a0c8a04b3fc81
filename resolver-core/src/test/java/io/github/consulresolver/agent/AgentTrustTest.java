package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose certificates are believed is shown with real ones in {@link TlsChannelTest}. */
class AgentTrustTest {
    @TempDir
    private Path directory;

    @Test
    void a_file_without_a_certificate_is_named_in_one_line() throws IOException {
        Path nothing = Files.writeString(directory.resolve("nothing.pem"), "nothing");

        assertThatThrownBy(() -> AgentTrust.in(nothing).engine("127.0.0.1", 8501))
                .isInstanceOf(SSLException.class)
                .hasMessageStartingWith(nothing + ": ")
                .message()
                .hasLineCount(1);
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        Path missing = directory.resolve("missing.pem");

        assertThatThrownBy(() -> AgentTrust.in(missing).engine("127.0.0.1", 8501))
                .hasMessage(missing + ": no such file");
    }
}
