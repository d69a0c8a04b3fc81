package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Reads one HTTP/1.1 response as it comes (RFC 9112): its head, and a body whose end is told by a length, by chunks or by the connection's
 * end.
 */
final class ResponseReader {
    private static final int LONGEST_HEAD = 32 << 10;
    private static final int LONGEST_SIZE = 256;

    /** Takes parts of the body. */
    interface Body {
        void take(ByteBuffer part) throws IOException;
    }

    private enum Place {
        STATUS,
        HEADERS,
        BODY,
        BODY_TO_END,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        END
    }

    private final long largest;
    private final Map<String, String> headers = new HashMap<>();
    private final StringBuilder line = new StringBuilder();
    private Place place = Place.STATUS;
    private int headLeft = LONGEST_HEAD;
    private long read;
    /** Of the body, or of the chunk, what has not come yet. */
    private long left;

    private int status;
    private boolean http11;

    /** @param largest how many bytes of a body are taken at most */
    ResponseReader(long largest) {
        this.largest = largest;
    }

    /**
     * Reads what there is.
     *
     * @return whether the response is whole; then what is left in {@code in} is not its
     * @throws IOException with one line that says why this is no response, or that its body is too large
     */
    boolean read(ByteBuffer in, Body body) throws IOException {
        while (place != Place.END && in.hasRemaining()) {
            switch (place) {
                case BODY, CHUNK -> {
                    take(in, (int) Math.min(left, in.remaining()), body);
                    if (left == 0) {
                        place = place == Place.CHUNK ? Place.CHUNK_END : Place.END;
                    }
                }
                case BODY_TO_END -> take(in, in.remaining(), body);
                default -> {
                    if (readLine(in)) {
                        String text = line.toString();
                        line.setLength(0);
                        line(text);
                    }
                }
            }
        }
        return place == Place.END;
    }

    /** Whether the response is whole, now that the connection has ended. */
    boolean isWholeAtEnd() {
        return place == Place.END || place == Place.BODY_TO_END;
    }

    private void take(ByteBuffer in, int length, Body body) throws IOException {
        read += length;
        left -= length;
        if (read > largest) {
            throw new IOException("a body of more than " + largest + " bytes");
        }
        int limit = in.limit();
        in.limit(in.position() + length);
        if (status == 200) {
            body.take(in);
        }
        in.position(in.limit()).limit(limit);
    }

    private boolean readLine(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            byte next = in.get();
            if (next == '\n') {
                int end = line.length() - 1;
                if (end >= 0 && line.charAt(end) == '\r') {
                    line.setLength(end);
                }
                return true;
            }
            if (headLeft-- == 0) {
                throw new IOException("what answers speaks no HTTP");
            }
            line.append((char) (next & 0xff));
        }
        return false;
    }

    private void line(String text) throws IOException {
        switch (place) {
            case STATUS -> status(text);
            case HEADERS -> {
                if (text.isEmpty()) {
                    place = afterHead();
                } else {
                    header(text);
                }
            }
            case CHUNK_SIZE -> {
                // Each has an allowance of its own: a body may have any number of them.
                headLeft = LONGEST_SIZE;
                left = number(text.split(";", 2)[0].trim(), 16);
                place = left == 0 ? Place.TRAILER : Place.CHUNK;
            }
            case CHUNK_END -> {
                if (!text.isEmpty()) {
                    throw new IOException("a chunk has no end");
                }
                place = Place.CHUNK_SIZE;
            }
            case TRAILER -> place = text.isEmpty() ? Place.END : Place.TRAILER;
            default -> throw new IllegalStateException("no line is read at " + place);
        }
    }

    private void status(String text) throws IOException {
        if (!text.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new IOException("what answers speaks no HTTP");
        }
        http11 = text.charAt(7) == '1';
        status = Integer.parseInt(text.substring(9, 12));
        place = Place.HEADERS;
    }

    private void header(String text) throws IOException {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw new IOException("a header that is none");
        }
        headers.put(
                text.substring(0, colon).toLowerCase(Locale.ROOT),
                text.substring(colon + 1).trim());
    }

    private Place afterHead() throws IOException {
        if (status < 200) {
            headers.clear();
            return Place.STATUS;
        }
        if (status == 204 || status == 304) {
            return Place.END;
        }
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .endsWith("chunked")) {
            return Place.CHUNK_SIZE;
        }
        String length = headers.get("content-length");
        if (length == null) {
            return Place.BODY_TO_END;
        }
        left = number(length, 10);
        return left == 0 ? Place.END : Place.BODY;
    }

    private static long number(String text, int radix) throws IOException {
        try {
            long number = text.startsWith("+") ? -1 : Long.parseLong(text, radix);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException none) {
            // Nor is a negative one.
        }
        throw new IOException("a length that is none");
    }

    int status() {
        return status;
    }

    /** With names in lower case. */
    Map<String, String> headers() {
        return headers;
    }

    /** Whether another request can follow on the same connection. */
    boolean keepsConnection() {
        String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        return place == Place.END && (http11 ? !connection.equals("close") : connection.equals("keep-alive"));
    }
}
