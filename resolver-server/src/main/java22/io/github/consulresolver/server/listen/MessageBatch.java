package io.github.consulresolver.server.listen;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Datagrams laid out for {@code recvmmsg} and {@code sendmmsg} ({@code struct mmsghdr}): headers, addresses and bytes, made once and used
 * again and again.
 *
 * <p>Layout of a {@code mmsghdr} on 64-bit Linux: name (8), name length (4, padded to 8), iovec (8), iovec count (8), control (8), control
 * length (8), flags (4, padded to 8); message length (4, padded to 8). Not thread-safe.
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

    /** A {@code sockaddr_in6}; a {@code sockaddr_in} is shorter. */
    static final int ADDRESS_SIZE = 28;

    /** A {@code sockaddr_in}. */
    private static final int V4_ADDRESS_SIZE = 16;

    private static final long ADDRESS_STRIDE = 32;

    private final MemorySegment headers;
    private final MemorySegment iovecs;
    private final MemorySegment addresses;
    /** Each address as a segment of its own, of either length: the JIT does not always see that a slice could be spared. */
    private final MemorySegment[] v4Addresses;

    private final MemorySegment[] v6Addresses;
    private final ByteBuffer[] buffers;
    private final int size;

    /**
     * @param count how many datagrams
     * @param size room for each, in bytes
     * @param arena how long they are needed
     */
    MessageBatch(int count, int size, Arena arena) {
        this.size = size;
        headers = arena.allocate(count * HEADER, 64);
        iovecs = arena.allocate(count * IOVEC_SIZE, 64);
        addresses = arena.allocate(count * ADDRESS_STRIDE, 64);
        MemorySegment bytes = arena.allocate((long) count * size, 64);
        buffers = new ByteBuffer[count];
        v4Addresses = new MemorySegment[count];
        v6Addresses = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            v4Addresses[i] = addresses.asSlice(i * ADDRESS_STRIDE, V4_ADDRESS_SIZE);
            v6Addresses[i] = addresses.asSlice(i * ADDRESS_STRIDE, ADDRESS_SIZE);
            buffers[i] = bytes.asSlice((long) i * size, size).asByteBuffer();
            iovecs.set(JAVA_LONG, i * IOVEC_SIZE, bytes.address() + (long) i * size);
            iovecs.set(JAVA_LONG, i * IOVEC_SIZE + IOVEC_BYTES, size);
            headers.set(JAVA_LONG, i * HEADER + NAME, addresses.address() + i * ADDRESS_STRIDE);
            headers.set(JAVA_INT, i * HEADER + NAME_LENGTH, ADDRESS_SIZE);
            headers.set(JAVA_LONG, i * HEADER + IOVEC, iovecs.address() + i * IOVEC_SIZE);
            headers.set(JAVA_LONG, i * HEADER + IOVEC_COUNT, 1);
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
        return headers.get(JAVA_INT, i * HEADER + MESSAGE_LENGTH);
    }

    /** The address datagram {@code i} came from, as the kernel wrote it. */
    MemorySegment address(int i) {
        return (headers.get(JAVA_INT, i * HEADER + NAME_LENGTH) == V4_ADDRESS_SIZE ? v4Addresses : v6Addresses)[i];
    }

    /** Makes datagram {@code i} ready to be received into again. */
    void reset(int i) {
        headers.set(JAVA_INT, i * HEADER + NAME_LENGTH, ADDRESS_SIZE);
    }

    /** Makes datagram {@code i} one of {@code length} bytes that goes where datagram {@code other} of {@code from} came from. */
    void address(int i, int length, MessageBatch from, int other) {
        iovecs.set(JAVA_LONG, i * IOVEC_SIZE + IOVEC_BYTES, length);
        headers.set(JAVA_LONG, i * HEADER + NAME, from.addresses.address() + other * ADDRESS_STRIDE);
        headers.set(JAVA_INT, i * HEADER + NAME_LENGTH, from.headers.get(JAVA_INT, other * HEADER + NAME_LENGTH));
    }
}
