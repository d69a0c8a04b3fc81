package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the token for the agent's HTTP API comes from. It shows its secret to nobody but who asks for it. Immutable. */
public final class AgentToken {
    /** No token: the agent's anonymous one applies. */
    public static final AgentToken NONE = new AgentToken(Optional.empty(), "", Optional.empty());

    private static final long LARGEST_FILE = 64 << 10;

    private final Optional<Path> file;
    private final String secret;
    private final Optional<Supplier<String>> supplier;

    private AgentToken(Optional<Path> file, String secret, Optional<Supplier<String>> supplier) {
        this.file = file;
        this.secret = secret;
        this.supplier = supplier;
    }

    /** The token itself; blank means none. */
    public static AgentToken of(String secret) {
        return secret.isBlank() ? NONE : new AgentToken(Optional.empty(), secret.trim(), Optional.empty());
    }

    /** The file that holds it. It is read anew each time, so that a token may be rotated; it need not be there yet. */
    public static AgentToken in(Path file) {
        return new AgentToken(Optional.of(file), "", Optional.empty());
    }

    /** Whoever knows it. He is asked each time, on the thread that speaks to the agent, and must be quick; blank means none. */
    public static AgentToken from(Supplier<String> supplier) {
        return new AgentToken(Optional.empty(), "", Optional.of(supplier));
    }

    /**
     * The token now; empty for none.
     *
     * @throws IOException when it cannot be had, or is what no header can carry; the message may name a file, never the token
     */
    String secret() throws IOException {
        if (supplier.isPresent()) {
            return supplied(supplier.get());
        }
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
        if (!isToken(token)) {
            throw new IOException("the file " + path + " holds no token");
        }
        return token;
    }

    private static String supplied(Supplier<String> supplier) throws IOException {
        String token;
        try {
            token = Objects.requireNonNullElse(supplier.get(), "").trim();
        } catch (RuntimeException e) {
            throw new IOException("the token's supplier failed: " + e.getClass().getSimpleName(), e);
        }
        if (!isToken(token)) {
            throw new IOException("what the token's supplier gives is no token");
        }
        return token;
    }

    private static boolean isToken(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AgentToken token
                && file.equals(token.file)
                && secret.equals(token.secret)
                && supplier.equals(token.supplier);
    }

    @Override
    public int hashCode() {
        return Objects.hash(file, secret, supplier);
    }

    @Override
    public String toString() {
        return file.map(path -> "in " + path).orElse(secret.isEmpty() && supplier.isEmpty() ? "none" : "given");
    }
}
