package io.github.consulresolver.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class UpstreamMetersTest {
    private static final InetSocketAddress ONE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    private static final InetSocketAddress TWO = new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final UpstreamMeters meters = new UpstreamMeters(registry);

    @Test
    void an_upstream_that_has_never_failed_is_not_listed() {
        assertThat(registry.find("consul.resolver.upstream.up").gauge()).isNull();
    }

    @Test
    void one_that_fails_is_down_and_one_that_is_back_is_up() {
        meters.down(ONE);
        meters.down(TWO);
        meters.up(TWO);

        assertThat(up("127.0.0.1:1")).isZero();
        assertThat(up("127.0.0.1:2")).isEqualTo(1);
    }

    @Test
    void answers_are_timed_by_server_and_protocol() {
        meters.answered(ONE, Protocol.UDP, 1_000_000, 0);
        meters.answered(ONE, Protocol.UDP, 1_000_000, 3);
        meters.answered(ONE, Protocol.TCP, 1_000_000, 0);

        assertThat(registry.get("consul.resolver.upstream.latency")
                        .tag("proto", "udp")
                        .timer()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void failures_hedges_retries_and_reused_connections_are_counted() {
        meters.failed(ONE, Protocol.UDP, Reason.TIMEOUT);
        meters.hedged(ONE);
        meters.retried(ONE);
        meters.reused(ONE);

        for (String what : new String[] {"failures", "hedges", "retries", "reused"}) {
            assertThat(registry.get("consul.resolver.upstream." + what)
                            .tag("server", "127.0.0.1:1")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }
    }

    private int up(String server) {
        return (int) registry.get("consul.resolver.upstream.up")
                .tag("server", server)
                .gauge()
                .value();
    }
}
