package io.github.consulresolver.server.listen;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/** Addresses as the kernel has them: {@code sockaddr_in} and {@code sockaddr_in6}. */
final class SocketAddresses {
    private static final long FAMILY = 0;
    private static final long PORT = 2;
    private static final long V4_ADDRESS = 4;
    private static final int V4_SIZE = 16;
    private static final long V6_ADDRESS = 8;
    private static final long V6_SCOPE = 24;
    private static final int V6_SIZE = 28;
    private static final int V6_LENGTH = 16;
    private static final int LOOPBACK_NET = 127;

    private SocketAddresses() {}

    static MemorySegment of(InetSocketAddress address, Arena arena) {
        byte[] bytes = address.getAddress().getAddress();
        boolean v6 = bytes.length == V6_LENGTH;
        MemorySegment segment = arena.allocate(v6 ? V6_SIZE : V4_SIZE, 8);
        segment.set(JAVA_SHORT_UNALIGNED, FAMILY, (short) (v6 ? Libc.AF_INET6 : Libc.AF_INET));
        segment.set(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), PORT, (short) address.getPort());
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, v6 ? V6_ADDRESS : V4_ADDRESS, bytes.length);
        if (address.getAddress() instanceof Inet6Address scoped) {
            segment.set(JAVA_INT_UNALIGNED, V6_SCOPE, scoped.getScopeId());
        }
        return segment;
    }

    /** Whether the address is 127.0.0.0/8 or ::1: most are, on a node. */
    static boolean isLoopback(MemorySegment address) {
        if (isV4(address)) {
            return address.get(JAVA_BYTE, V4_ADDRESS) == LOOPBACK_NET;
        }
        for (int i = 0; i < V6_LENGTH - 1; i++) {
            if (address.get(JAVA_BYTE, V6_ADDRESS + i) != 0) {
                return false;
            }
        }
        return address.get(JAVA_BYTE, V6_ADDRESS + V6_LENGTH - 1) == 1;
    }

    static boolean hasPort(MemorySegment address) {
        return address.get(JAVA_SHORT_UNALIGNED, PORT) != 0;
    }

    static ClientKey clientKey(MemorySegment address) {
        int port = address.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), PORT) & 0xffff;
        return ClientKey.of(inetAddress(address), port);
    }

    static InetAddress inetAddress(MemorySegment address) {
        boolean v4 = isV4(address);
        byte[] bytes = new byte[v4 ? 4 : V6_LENGTH];
        MemorySegment.copy(address, JAVA_BYTE, v4 ? V4_ADDRESS : V6_ADDRESS, bytes, 0, bytes.length);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static boolean isV4(MemorySegment address) {
        return address.get(JAVA_SHORT_UNALIGNED, FAMILY) == Libc.AF_INET;
    }
}
