package io.github.consulresolver.server.listen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** Linux's socket functions, as the C library has them. What fails is an {@link IOException} in the system's words. */
final class Libc {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_REUSEPORT = 15;
    static final int IPPROTO_IPV6 = 41;
    static final int IPV6_V6ONLY = 26;

    /** Wait for the first datagram only. */
    static final int MSG_WAITFORONE = 0x10000;

    static final int MSG_DONTWAIT = 0x40;

    static final int SHUT_RD = 0;

    private static final int PRIO_PROCESS = 0;
    static final int THIS_THREAD = 0;

    static final int EINTR = 4;
    static final int EAGAIN = 11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle BIND = function("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT = function("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SHUTDOWN = function("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SENDTO =
            function("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMMSG =
            function("recvmmsg", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle SENDMMSG = function("sendmmsg", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle GETPRIORITY = function("getpriority", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETPRIORITY = function("setpriority", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().find("strerror").orElseThrow(), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Libc() {}

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().find(name).orElseThrow(),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    /** Where functions leave the reason of a failure; one a thread. */
    static MemorySegment newState(Arena arena) {
        return arena.allocate(STATE);
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    static IOException failure(String what, MemorySegment state) {
        return failure(what, errno(state));
    }

    static IOException failure(String what, int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return new IOException(what + " failed: " + text.reinterpret(256).getString(0));
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static int socket(MemorySegment state, int family) throws IOException {
        try {
            int fd = (int) SOCKET.invokeExact(state, family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            return checked("socket", fd, state);
        } catch (IOException e) {
            throw e;
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static void setOption(MemorySegment state, int fd, int level, int option, int value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(JAVA_INT, value);
            checked("setsockopt", (int) SETSOCKOPT.invokeExact(state, fd, level, option, segment, 4), state);
        } catch (IOException e) {
            throw e;
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static void bind(MemorySegment state, int fd, MemorySegment address) throws IOException {
        try {
            checked("bind", (int) BIND.invokeExact(state, fd, address, (int) address.byteSize()), state);
        } catch (IOException e) {
            throw e;
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static void connect(MemorySegment state, int fd, MemorySegment address) throws IOException {
        try {
            checked("connect", (int) CONNECT.invokeExact(state, fd, address, (int) address.byteSize()), state);
        } catch (IOException e) {
            throw e;
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static void shutdown(MemorySegment state, int fd, int how) throws IOException {
        try {
            checked("shutdown", (int) SHUTDOWN.invokeExact(state, fd, how), state);
        } catch (IOException e) {
            throw e;
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    /** How many bytes were sent; negative on failure. */
    static long sendTo(MemorySegment state, int fd, MemorySegment bytes, int flags, MemorySegment address) {
        try {
            return (long)
                    SENDTO.invokeExact(state, fd, bytes, bytes.byteSize(), flags, address, (int) address.byteSize());
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    static void close(MemorySegment state, int fd) {
        try {
            int ignored = (int) CLOSE.invokeExact(state, fd);
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    /** How many messages were received; negative on failure. */
    static int receive(MemorySegment state, int fd, MemorySegment messages, int count, int flags) {
        try {
            return (int) RECVMMSG.invokeExact(state, fd, messages, count, flags, MemorySegment.NULL);
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    /** How many messages were sent; negative on failure. */
    static int send(MemorySegment state, int fd, MemorySegment messages, int count, int flags) {
        try {
            return (int) SENDMMSG.invokeExact(state, fd, messages, count, flags);
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    /** The calling thread's. */
    static int niceness() {
        try (Arena arena = Arena.ofConfined()) {
            return (int) GETPRIORITY.invokeExact(newState(arena), PRIO_PROCESS, THIS_THREAD);
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    /** Of the thread with this number, or of {@link #THIS_THREAD}. Whoever may not stays as it is. */
    static void setNiceness(int thread, int niceness) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) SETPRIORITY.invokeExact(newState(arena), PRIO_PROCESS, thread, niceness);
        } catch (Throwable defect) {
            throw new IllegalStateException(defect);
        }
    }

    private static int checked(String what, int result, MemorySegment state) throws IOException {
        if (result < 0) {
            throw failure(what, state);
        }
        return result;
    }
}
