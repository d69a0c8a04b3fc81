package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
    private final ResponseReader reader = new ResponseReader(100);
    private final StringBuilder body = new StringBuilder();

    private boolean read(String text) throws IOException {
        return read(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private boolean read(ByteBuffer in) throws IOException {
        return reader.read(in, part -> body.append(StandardCharsets.ISO_8859_1.decode(part)));
    }

    @Test
    void a_body_has_the_length_that_is_told() throws IOException {
        assertThat(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Consul-Index: 7\r\n\r\nhello"))
                .isTrue();

        assertThat(body).hasToString("hello");
        assertThat(reader.headers()).containsEntry("x-consul-index", "7");
        assertThat(reader.keepsConnection()).isTrue();
    }

    @Test
    void what_comes_a_byte_at_a_time_is_the_same() throws IOException {
        String text =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n";
        for (int i = 0; i < text.length() - 1; i++) {
            assertThat(read(text.substring(i, i + 1))).isFalse();
        }

        assertThat(read("\n")).isTrue();
        assertThat(body).hasToString("abcd");
    }

    @Test
    void what_follows_a_response_is_left() throws IOException {
        ByteBuffer in = ByteBuffer.wrap(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(read(in)).isTrue();
        assertThat(in.remaining()).isEqualTo(4);
    }

    @Test
    void a_body_without_a_length_ends_with_the_connection() throws IOException {
        assertThat(read("HTTP/1.0 200 OK\r\n\r\nhello")).isFalse();

        assertThat(reader.isWholeAtEnd()).isTrue();
        assertThat(reader.keepsConnection()).isFalse();
        assertThat(body).hasToString("hello");
    }

    @Test
    void a_body_that_is_cut_off_is_not_whole() throws IOException {
        read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");

        assertThat(reader.isWholeAtEnd()).isFalse();
    }

    @Test
    void a_body_of_another_status_is_not_shown() throws IOException {
        assertThat(read("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nhello"))
                .isTrue();

        assertThat(reader.status()).isEqualTo(500);
        assertThat(body).isEmpty();
    }

    @Test
    void what_comes_before_the_response_is_not_it() throws IOException {
        assertThat(read("HTTP/1.1 100 Continue\r\nX-Consul-Index: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"))
                .isTrue();

        assertThat(reader.status()).isEqualTo(204);
        assertThat(reader.headers()).isEmpty();
    }

    @Test
    void the_server_may_want_no_more_requests() throws IOException {
        read("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n");

        assertThat(reader.keepsConnection()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
                "HTTP/1.1 500 No\r\nContent-Length: 101\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"
            })
    void a_body_that_is_too_large_is_not_taken(String head) throws IOException {
        read(head);

        assertThatThrownBy(() -> read("x".repeat(101))).hasMessage("a body of more than 100 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/2 200\r\n",
                "HTTP/1.1 999 What\r\n",
                "HTTP/1.1 200 OK\r\nno header\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"
            })
    void what_is_no_response_is_not_taken_for_one(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IOException.class)
                .message()
                .hasLineCount(1);
    }

    @Test
    void a_head_without_end_is_not_waited_for() throws IOException {
        read("HTTP/1.1 200 OK\r\n");

        assertThatThrownBy(() -> {
                    while (true) {
                        read("X: " + "y".repeat(1000) + "\r\n");
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void a_body_may_have_very_many_chunks() throws IOException {
        ResponseReader large = new ResponseReader(1 << 20);
        String chunks = "1\r\nx\r\n".repeat(50_000);
        ByteBuffer in = ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));

        assertThat(large.read(in, part -> part.position(part.limit()))).isTrue();
    }
}
