package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static io.github.consulresolver.upstream.Upstreams.replyOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.Upstreams.Heard;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.Type;

class SharedSocketTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final BlockingQueue<ClientQuery> arrived = new LinkedBlockingQueue<>();
    private final Heard heard = new Heard();
    private final Exchanges exchanges = new Exchanges(new NettyLoops(UPSTREAMS.transport(), heard), heard);

    @Test
    void questions_to_this_host_share_a_socket_and_each_has_an_id_of_its_own() throws Exception {
        Set<Integer> ids = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(10_000);
            for (int i = 0; i < 50; i++) {
                exchanges.udp((InetSocketAddress) server.getLocalSocketAddress(), ORDERS, 1232, LONG);
                DatagramPacket query = new DatagramPacket(new byte[512], 512);
                server.receive(query);
                ids.add(SentQuery.id(query.getData()));
                ports.add(query.getPort());
            }
        }
        assertThat(ports).hasSize(1);
        assertThat(ids).as("none is given twice while the first is under way").hasSize(50);
    }

    @Test
    void replies_that_come_in_another_order_find_their_questions() throws Exception {
        List<ClientQuery> held = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            synchronized (held) {
                held.add(query);
                if (held.size() == 20) {
                    for (int i = 19; i >= 0; i--) {
                        held.get(i).reply(answer(held.get(i)));
                    }
                }
            }
        })) {
            List<CompletableFuture<byte[]>> asked = IntStream.range(0, 20)
                    .mapToObj(
                            i -> exchanges.udp(server.address(), Question.of("n" + i + ".consul", Type.A), 1232, LONG))
                    .toList();
            for (CompletableFuture<byte[]> one : asked) {
                replyOf(one);
            }
            assertThat(heard.lines).hasSize(20).containsOnly("UDP answered 0");
        }
    }

    @Test
    void the_right_id_with_another_question_is_dropped_and_the_answer_taken() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] forged = answer(query);
            forged[13] ^= 1;
            query.reply(forged);
            query.reply(answer(query));
        })) {
            replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG));

            assertThat(heard.lines).containsExactly("UDP dropped", "UDP answered 0");
        }
    }

    @Test
    void twenty_wrong_replies_to_one_question_end_that_question_and_no_other() throws Exception {
        List<ClientQuery> queries = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(arrived::add)) {
            CompletableFuture<byte[]> first = exchanges.udp(server.address(), ORDERS, 1232, LONG);
            takeInto(queries, 1);
            CompletableFuture<byte[]> second = exchanges.udp(server.address(), ORDERS, 1232, LONG);
            takeInto(queries, 2);
            for (int i = 0; i < Exchange.MOST_MISMATCHES; i++) {
                queries.get(0).reply(Arrays.copyOf(queries.get(0).bytes(), 12));
            }
            assertThat(failureOf(first).reason()).isEqualTo(Reason.MISMATCHED);
            queries.get(1).reply(answer(queries.get(1)));

            assertThat(replyOf(second)).isNotEmpty();
        }
    }

    @Test
    void twenty_replies_with_ids_that_nobody_drew_end_the_socket() throws Exception {
        List<ClientQuery> queries = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(arrived::add)) {
            CompletableFuture<byte[]> asked = exchanges.udp(server.address(), ORDERS, 1232, LONG);
            takeInto(queries, 1);
            for (int i = 0; i < Exchange.MOST_MISMATCHES; i++) {
                byte[] forged = answer(queries.get(0));
                forged[0] ^= (byte) (1 + i);
                queries.get(0).reply(forged);
            }
            assertThat(failureOf(asked).reason()).isEqualTo(Reason.MISMATCHED);
            exchanges.udp(server.address(), ORDERS, 1232, LONG);
            takeInto(queries, 2);

            assertThat(queries.get(1).clientPort()).isNotEqualTo(queries.get(0).clientPort());
        }
    }

    @Test
    void the_reply_to_a_question_that_was_given_up_is_no_forgery() throws Exception {
        List<ClientQuery> queries = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(arrived::add)) {
            for (int i = 0; i < 30; i++) {
                failureOf(exchanges.udp(server.address(), ORDERS, 1232, Duration.ofMillis(1)));
            }
            takeInto(queries, 30);
            CompletableFuture<byte[]> asked = exchanges.udp(server.address(), ORDERS, 1232, LONG);
            takeInto(queries, 31);
            for (ClientQuery query : queries) {
                query.reply(answer(query));
            }
            replyOf(asked);

            assertThat(heard.lines).doesNotContain("UDP dropped").doesNotContain("UDP failed MISMATCHED");
        }
    }

    @Test
    void where_nobody_listens_each_question_on_the_socket_fails() throws Exception {
        InetSocketAddress nobody = Upstreams.nobody();
        List<CompletableFuture<byte[]>> asked = IntStream.range(0, 10)
                .mapToObj(i -> exchanges.udp(nobody, ORDERS, 1232, LONG))
                .toList();

        assertThat(asked).allMatch(one -> failureOf(one).reason() == Reason.UNREACHABLE);
    }

    @Test
    void a_server_that_starts_where_nobody_was_is_reached() throws Exception {
        InetSocketAddress address = Upstreams.nobody();
        failureOf(exchanges.udp(address, ORDERS, 1232, LONG));
        try (DatagramSocket server = new DatagramSocket(address)) {
            server.setSoTimeout(10_000);
            CompletableFuture<byte[]> asked = exchanges.udp(address, ORDERS, 1232, LONG);
            DatagramPacket query = new DatagramPacket(new byte[512], 512);
            server.receive(query);
            byte[] reply = Arrays.copyOf(query.getData(), query.getLength());
            reply[2] |= (byte) 0x80;
            server.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));

            assertThat(replyOf(asked)).isNotEmpty();
        }
    }

    @Test
    void a_socket_serves_so_many_questions_and_no_more() throws Exception {
        onLoop(socket -> {
            for (int i = 0; i < SharedSocket.MOST_USES; i++) {
                assertThat(socket.isGood(0)).isTrue();
                socket.send(ORDERS, new Form(1232), NOBODY).abandon();
            }
            assertThat(socket.isGood(0)).isFalse();
        });
    }

    @Test
    void a_socket_serves_for_a_minute_and_no_longer() throws Exception {
        onLoop(socket -> {
            assertThat(socket.isGood(TimeUnit.SECONDS.toNanos(59))).isTrue();
            assertThat(socket.isGood(TimeUnit.SECONDS.toNanos(60))).isFalse();
        });
    }

    private static final Wire.Outcome NOBODY = new Wire.Outcome() {
        @Override
        public void answered(byte[] reply) {}

        @Override
        public void answeredInOtherCase() {}

        @Override
        public void failed(Reason reason, String what) {}
    };

    private interface Use {
        void of(SharedSocket socket);
    }

    private static void onLoop(Use use) throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
            UPSTREAMS
                    .eventLoop()
                    .submit(() -> {
                        SharedSocket socket = new SharedSocket(
                                UPSTREAMS.transport(), address, UpstreamListener.NONE, new RandomIds(), 0);
                        socket.open(UPSTREAMS.eventLoop(), address, SharedSocket.LARGEST_REPLY);
                        try {
                            use.of(socket);
                        } finally {
                            socket.retire();
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
        }
    }

    /** Waits for queries until there are so many. */
    private void takeInto(List<ClientQuery> queries, int size) throws InterruptedException {
        while (queries.size() < size) {
            ClientQuery query = arrived.poll(10, TimeUnit.SECONDS);
            assertThat(query).isNotNull();
            queries.add(query);
        }
    }

    private static byte[] answer(ClientQuery query) {
        return Reply.to(query.message())
                .answer(query.message().getQuestion().getName() + " 0 IN A 10.0.0.1")
                .wire();
    }
}
