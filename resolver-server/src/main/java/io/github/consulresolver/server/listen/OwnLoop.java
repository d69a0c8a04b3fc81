package io.github.consulresolver.server.listen;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The receive loop of our own, where there is one: it is compiled for JDK 22, since when a JVM calls system functions directly, and is for
 * Linux. Elsewhere Netty's loop serves.
 */
interface OwnLoop {
    /** Where it is: not to be named by anything that is compiled for an older JDK. */
    String IMPLEMENTATION = "io.github.consulresolver.server.listen.NativeLoop";

    int FIRST_JDK = 22;

    /**
     * Opens the sockets of an address, each with a thread.
     *
     * @param hits makes a handler for each thread, for what can be answered at once
     * @param misses the handler of an event loop, for all else
     * @throws IOException when the system does not let us: its words
     */
    DatagramSockets open(
            InetSocketAddress address,
            EventLoops loops,
            Supplier<QueryHandler> hits,
            Function<EventLoop, QueryHandler> misses,
            AccessRule access)
            throws IOException;

    /** The loop, if this JVM and this system have what it takes. */
    static Optional<OwnLoop> find() {
        if (Runtime.version().feature() < FIRST_JDK
                || !System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Class.forName(IMPLEMENTATION)
                    .asSubclass(OwnLoop.class)
                    .getDeclaredConstructor()
                    .newInstance());
        } catch (ClassNotFoundException builtWithAnOlderJdk) {
            return Optional.empty();
        } catch (InvocationTargetException | ExceptionInInitializerError noSuchFunctions) {
            return Optional.empty();
        } catch (ReflectiveOperationException defect) {
            throw new IllegalStateException(defect);
        }
    }
}
