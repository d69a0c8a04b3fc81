package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the token for the agent's HTTP API comes from. It shows its secret to nobody but who asks for it. Immutable. */
public final class AgentToken {
    /** No token: the agent's anonymous one applies. */
    public static final AgentToken NONE = new AgentToken(Optional.empty(), "");

    private static final long LARGEST_FILE = 64 << 10;

    private final Optional<Path> file;
    private final String secret;

    private AgentToken(Optional<Path> file, String secret) {
        this.file = file;
        this.secret = secret;
    }

    /** The token itself; blank means none. */
    public static AgentToken of(String secret) {
        return secret.isBlank() ? NONE : new AgentToken(Optional.empty(), secret.trim());
    }

    /** The file that holds it. It is read anew each time, so that a token may be rotated; it need not be there yet. */
    public static AgentToken in(Path file) {
        return new AgentToken(Optional.of(file), "");
    }

    /**
     * The token now; empty for none.
     *
     * @throws IOException when its file cannot be read, or holds what no header can carry; the message names the file, never the token
     */
    String secret() throws IOException {
        if (file.isEmpty()) {
            return secret;
        }
        Path path = file.get();
        byte[] bytes;
        try {
            bytes = Files.size(path) > LARGEST_FILE ? new byte[] {0} : Files.readAllBytes(path);
        } catch (IOException e) {
            throw new IOException("the token's file " + path + " cannot be read", e);
        }
        String token = new String(bytes, StandardCharsets.ISO_8859_1).trim();
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IOException("the file " + path + " holds no token");
        }
        return token;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AgentToken token && file.equals(token.file) && secret.equals(token.secret);
    }

    @Override
    public int hashCode() {
        return file.hashCode() * 31 + secret.hashCode();
    }

    @Override
    public String toString() {
        return file.map(path -> "in " + path).orElse(secret.isEmpty() ? "none" : "given");
    }
}
