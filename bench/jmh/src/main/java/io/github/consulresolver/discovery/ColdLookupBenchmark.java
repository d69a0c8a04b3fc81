package io.github.consulresolver.discovery;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Resolving a service of a hundred instances whose answer is not kept, for its TTL is 0: by this library, and by no more than a datagram to the
 * agent and one back, which nobody reads.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ColdLookupBenchmark {
    private static final String SERVICE = "large";
    private static final int INSTANCES = 100;

    private static Agent agent() {
        return Agent.with(SERVICE, INSTANCES, Duration.ZERO);
    }

    /** Asks the agent for each lookup, or it is none of this kind. */
    @State(Scope.Benchmark)
    public static class Library {
        private final Agent agent = agent();
        private final LongAdder remembered = new LongAdder();
        private final ServiceResolver consul = ServiceResolver.builder()
                .agents(agent.dnsAddress())
                .listener(new DiscoveryListener() {
                    @Override
                    public void remembered(Endpoints found) {
                        remembered.increment();
                    }
                })
                .build();

        @Setup
        public void ask() {
            check(consul.resolve(SERVICE).instances().size());
        }

        @TearDown
        public void close() {
            consul.close();
            agent.close();
            if (remembered.sum() > 0) {
                throw new IllegalStateException(remembered + " lookups did not ask the agent");
            }
        }
    }

    @Benchmark
    public Endpoints library(Library library) {
        return library.consul.resolve(SERVICE);
    }

    /** The same question, as the library asks it, by a socket that blocks. */
    @State(Scope.Benchmark)
    public static class Datagrams {
        private static final int TYPE_SRV = 33;
        private static final int ANSWERS = 6;

        private final Agent agent = agent();
        private final ByteBuffer question = question();
        private final ByteBuffer reply = ByteBuffer.allocateDirect(0xffff);
        private final DatagramChannel channel = connect(agent.dns());

        @Setup
        public void ask() throws IOException {
            exchange();
            check(reply.getShort(ANSWERS));
        }

        private int exchange() throws IOException {
            channel.write(question.rewind());
            return channel.read(reply.clear());
        }

        @TearDown
        public void close() throws IOException {
            channel.close();
            agent.close();
        }

        private static DatagramChannel connect(int port) {
            try {
                return DatagramChannel.open().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** With EDNS, and room for an answer of 65,000 bytes. */
        private static ByteBuffer question() {
            ByteArrayOutputStream name = new ByteArrayOutputStream();
            for (String label : (SERVICE + ".service.consul").split("\\.")) {
                name.write(label.length());
                name.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            }
            return ByteBuffer.allocateDirect(512)
                    .putShort((short) 4711)
                    .putShort((short) 0x0100)
                    .putShort((short) 1)
                    .putInt(0)
                    .putShort((short) 1)
                    .put(name.toByteArray())
                    .put((byte) 0)
                    .putShort((short) TYPE_SRV)
                    .putShort((short) 1)
                    .put((byte) 0)
                    .putShort((short) 41)
                    .putShort((short) 65_000)
                    .putInt(0)
                    .putShort((short) 0)
                    .flip();
        }
    }

    @Benchmark
    public int agent(Datagrams datagrams) throws IOException {
        return datagrams.exchange();
    }

    private static void check(int instances) {
        if (instances != INSTANCES) {
            throw new IllegalStateException(instances + " instances in place of " + INSTANCES);
        }
    }
}
