package io.github.consulresolver.discovery.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.consulresolver.discovery.hosts.LiveServices;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsulNameResolverProviderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final MethodDescriptor.Marshaller<String> TEXT = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };
    private static final MethodDescriptor<String, String> WHO = MethodDescriptor.<String, String>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("test.Orders/Who")
            .setRequestMarshaller(TEXT)
            .setResponseMarshaller(TEXT)
            .build();

    @RegisterExtension
    final LiveServices services = new LiveServices();

    private final List<Server> servers = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private ConsulNameResolverProvider provider;

    @BeforeEach
    void register() {
        provider = new ConsulNameResolverProvider(services.consul());
        NameResolverRegistry.getDefaultRegistry().register(provider);
    }

    @AfterEach
    void close() throws InterruptedException {
        NameResolverRegistry.getDefaultRegistry().deregister(provider);
        for (ManagedChannel channel : channels) {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
        for (Server server : servers) {
            server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    /** A server that answers with its port; registered, and healthy. */
    private int server() throws IOException {
        int[] port = new int[1];
        Server server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(ServerServiceDefinition.builder("test.Orders")
                        .addMethod(WHO, ServerCalls.asyncUnaryCall((request, response) -> {
                            response.onNext(String.valueOf(port[0]));
                            response.onCompleted();
                        }))
                        .build())
                .build()
                .start();
        servers.add(server);
        port[0] = server.getPort();
        services.register("orders", port[0]);
        return port[0];
    }

    private ManagedChannel channel(String target) {
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .defaultLoadBalancingPolicy("round_robin")
                .build();
        channels.add(channel);
        return channel;
    }

    private static int call(ManagedChannel channel) {
        CallOptions patient = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return Integer.parseInt(ClientCalls.blockingUnaryCall(channel, WHO, patient, "who"));
    }

    /** The instances that answer, as soon as they are as many as these. */
    private static Set<Integer> answering(ManagedChannel channel, int count) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < PATIENCE.toNanos()) {
            Set<Integer> seen = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                seen.add(call(channel));
            }
            if (seen.size() == count) {
                return seen;
            }
        }
        throw new AssertionError("never " + count + " instances answered");
    }

    @ParameterizedTest
    @ValueSource(strings = {"consul:///orders", "consul:///orders.service.consul"})
    void calls_of_a_channel_to_a_service_go_to_an_instance(String target) throws IOException {
        int port = server();

        assertThat(call(channel(target))).isEqualTo(port);
    }

    @Test
    void a_channel_follows_the_instances_as_they_come_and_go() throws IOException {
        int first = server();
        ManagedChannel channel = channel("consul:///orders");
        assertThat(answering(channel, 1)).containsExactly(first);

        int second = server();
        assertThat(answering(channel, 2)).containsExactlyInAnyOrder(first, second);

        services.deregister(first);
        assertThat(answering(channel, 1)).containsExactly(second);
    }

    @Test
    void calls_to_a_service_without_instances_are_unavailable() {
        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(channel("consul:///orders")));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void calls_to_a_service_of_which_nobody_knows_say_who_was_asked() {
        services.stopAgent();

        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(channel("consul:///orders")));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.getStatus().getDescription()).contains("orders.service.consul.", "127.0.0.1:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"consul:///", "consul://127.0.0.1:8600/orders", "consul:orders", "consul:///a.b"})
    void a_target_that_is_no_service_is_refused(String target) {
        assertThatIllegalArgumentException().isThrownBy(() -> channel(target));
    }

    @Test
    void a_target_without_a_scheme_is_still_a_host() {
        assertThat(NameResolverRegistry.getDefaultRegistry().getDefaultScheme()).isEqualTo("dns");
    }
}
