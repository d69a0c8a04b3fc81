package io.github.consulresolver.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class CountingProxyTest {

    private static final byte[] QUERY =
            DnsClient.question("orders.service.consul.", Type.A).toWire();

    private final ScriptedUpstream target = ScriptedUpstream.start(query -> query.reply(query.bytes()));
    private final CountingProxy proxy = CountingProxy.inFrontOf(target.address());
    private final DnsClient client = DnsClient.of(proxy.address());

    @AfterEach
    void close() {
        proxy.close();
        target.close();
    }

    @Test
    void each_query_goes_on_over_the_transport_that_it_came_by() throws IOException {
        assertThat(client.ask(Protocol.TCP, QUERY)).isEqualTo(QUERY);

        assertThat(target.received(Protocol.TCP)).isEqualTo(1);
        assertThat(target.received()).isEqualTo(1);
    }

    @Test
    void a_held_reply_comes_when_it_is_released() throws InterruptedException, ExecutionException {
        proxy.hold();
        CompletableFuture<byte[]> reply = CompletableFuture.supplyAsync(() -> {
            try {
                return client.ask(Protocol.UDP, QUERY);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        proxy.awaitQueries(1);
        target.awaitReceived(1);
        assertThat(reply).isNotDone();

        proxy.release();
        assertThat(reply.get()).isEqualTo(QUERY);
    }

    @Test
    void a_dropped_query_is_counted_but_goes_no_further() throws InterruptedException {
        proxy.drop(query -> query.protocol() == Protocol.UDP);
        DnsClient impatient = new DnsClient(proxy.address(), Duration.ofMillis(50));

        assertThatThrownBy(() -> impatient.ask(Protocol.UDP, QUERY)).isInstanceOf(SocketTimeoutException.class);

        proxy.awaitQueries(1);
        assertThat(proxy.queries(Protocol.UDP)).isEqualTo(1);
        assertThat(target.received()).isZero();
    }

    @Test
    void an_altered_reply_is_what_the_client_sees_until_replies_are_passed_on_again() throws IOException {
        proxy.alter(reply -> new byte[] {42});
        assertThat(client.ask(Protocol.UDP, QUERY)).containsExactly(42);

        proxy.passOn();
        assertThat(client.ask(Protocol.UDP, QUERY)).isEqualTo(QUERY);
    }
}
