package io.github.consulresolver.server.listen;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Datagrams laid out for {@code recvmmsg} and {@code sendmmsg} ({@code struct mmsghdr}): headers, addresses and bytes, made once and used
 * again and again.
 *
 * <p>Layout of a {@code mmsghdr} on 64-bit Linux: name (8), name length (4, padded to 8), iovec (8), iovec count (8), control (8), control
 * length (8), flags (4, padded to 8); message length (4, padded to 8). All of it is aligned; it is accessed as if it were not, because the JVM then
 * does not look each time.
 *
 * <p>Not thread-safe.
 */
final class MessageBatch {
    private static final long HEADER = 64;
    private static final long NAME = 0;
    private static final long NAME_LENGTH = 8;
    private static final long IOVEC = 16;
    private static final long IOVEC_COUNT = 24;
    private static final long MESSAGE_LENGTH = 56;
    private static final long IOVEC_SIZE = 16;
    private static final long IOVEC_BYTES = 8;

    private static final long ADDRESS_STRIDE = 32;

    /** Between one datagram's bytes and the next's: at a power of two all would want the same places in the processor's cache. */
    private static final int CACHE_LINE = 64;

    private final MemorySegment headers;
    private final MemorySegment iovecs;
    private final long firstAddress;
    /** Each as a segment of its own: the JIT does not always see that a slice could be spared. */
    private final MemorySegment[] addresses;

    private final ByteBuffer[] buffers;
    private final int size;

    /**
     * @param count how many datagrams
     * @param size room for each, in bytes
     * @param addressSize of a {@code sockaddr} of the socket's family, in bytes: the kernel writes neither more nor less
     * @param arena how long they are needed
     */
    MessageBatch(int count, int size, long addressSize, Arena arena) {
        this.size = size;
        headers = arena.allocate(count * HEADER, CACHE_LINE);
        iovecs = arena.allocate(count * IOVEC_SIZE, CACHE_LINE);
        MemorySegment names = arena.allocate(count * ADDRESS_STRIDE, CACHE_LINE);
        firstAddress = names.address();
        long stride = (long) size + CACHE_LINE;
        MemorySegment bytes = arena.allocate(count * stride, CACHE_LINE);
        buffers = new ByteBuffer[count];
        addresses = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = names.asSlice(i * ADDRESS_STRIDE, addressSize);
            buffers[i] = bytes.asSlice(i * stride, size).asByteBuffer();
            iovecs.set(JAVA_LONG_UNALIGNED, i * IOVEC_SIZE, bytes.address() + i * stride);
            iovecs.set(JAVA_LONG_UNALIGNED, i * IOVEC_SIZE + IOVEC_BYTES, size);
            headers.set(JAVA_LONG_UNALIGNED, i * HEADER + NAME, firstAddress + i * ADDRESS_STRIDE);
            headers.set(JAVA_INT_UNALIGNED, i * HEADER + NAME_LENGTH, (int) addressSize);
            headers.set(JAVA_LONG_UNALIGNED, i * HEADER + IOVEC, iovecs.address() + i * IOVEC_SIZE);
            headers.set(JAVA_LONG_UNALIGNED, i * HEADER + IOVEC_COUNT, 1);
        }
    }

    /** The headers from datagram {@code first} on. */
    MemorySegment headers(int first) {
        return first == 0 ? headers : headers.asSlice(first * HEADER);
    }

    /** The bytes of datagram {@code i}, from index 0 on. */
    ByteBuffer buffer(int i) {
        return buffers[i];
    }

    /** Room for the bytes of one datagram. */
    int size() {
        return size;
    }

    /** How long datagram {@code i} is that was received, in bytes. */
    int length(int i) {
        return headers.get(JAVA_INT_UNALIGNED, i * HEADER + MESSAGE_LENGTH);
    }

    /** The address datagram {@code i} came from, as the kernel wrote it. */
    MemorySegment address(int i) {
        return addresses[i];
    }

    /** Makes datagram {@code i} one of {@code length} bytes that goes where datagram {@code other} of {@code from} came from. */
    void address(int i, int length, MessageBatch from, int other) {
        iovecs.set(JAVA_LONG_UNALIGNED, i * IOVEC_SIZE + IOVEC_BYTES, length);
        headers.set(JAVA_LONG_UNALIGNED, i * HEADER + NAME, from.firstAddress + other * ADDRESS_STRIDE);
    }
}
