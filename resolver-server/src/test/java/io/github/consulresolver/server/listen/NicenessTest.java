package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** With the receive loop of our own, which needs a newer JDK than the oldest that the server runs on. */
class NicenessTest {
    private static final int NICE = 16;

    @Test
    void threads_that_answer_hits_go_before_event_loops_and_those_before_compilers() throws Exception {
        try (EventLoops loops = new EventLoops(1)) {
            assumeThat(loops.own()).isPresent();
            DatagramSockets sockets = loops.own()
                    .orElseThrow()
                    .open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            loops,
                            QueryBatchTest::handler,
                            loop -> QueryBatchTest.handler(),
                            client -> true);
            try {
                Callable<Path> own = () -> Path.of("/proc/thread-self").toRealPath();
                int usual = niceness(own.call());
                Path loop = loops.all().get(0).submit(own).get();

                assertThat(niceness(loop)).isEqualTo(usual + 5);
                assertThat(named("dns-127.0.0.1-")).isNotEmpty().containsOnly(usual);
                assertThat(named("C1 CompilerThre")).isNotEmpty().containsOnly(usual + 10);
            } finally {
                sockets.close();
            }
        }
    }

    private static List<Integer> named(String begin) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(thread -> read(thread.resolve("comm")).startsWith(begin))
                    .map(NicenessTest::niceness)
                    .toList();
        }
    }

    /** The fields follow the name, which ends with the last bracket. */
    private static int niceness(Path thread) {
        String stat = read(thread.resolve("stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE]);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ended) {
            return "";
        }
    }
}
