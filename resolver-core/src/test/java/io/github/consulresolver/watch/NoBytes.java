package io.github.consulresolver.watch;

import io.github.consulresolver.agent.Document;
import java.nio.ByteBuffer;

/** The document of a {@link ScriptedLine}, which tells what bodies say and sends no bytes. */
final class NoBytes<T> implements Document<T> {
    @Override
    public void take(ByteBuffer part) {
        throw new IllegalStateException("a scripted agent sends no bytes");
    }

    @Override
    public T end() {
        throw new IllegalStateException("a scripted agent sends no bytes");
    }
}
