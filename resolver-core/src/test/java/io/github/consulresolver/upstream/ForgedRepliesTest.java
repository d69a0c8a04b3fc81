package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static io.github.consulresolver.upstream.Upstreams.replyOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.Upstreams.Heard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What somebody sends who would like his answer to be taken for the server's. */
class ForgedRepliesTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Question BANK = Question.of("www.bank.example", Type.A);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final Heard heard = new Heard();
    private final Exchanges apart = Exchanges.apart(UPSTREAMS.transport(), heard);

    @Test
    void of_a_million_forged_replies_none_is_taken_for_an_answer() {
        SplittableRandom random = new SplittableRandom(20_261_124);
        SentQuery query = new SentQuery(BANK, 0x1234, new Form(1232), 0x2d5b);
        byte[] right = answerTo(query.message(), "192.0.2.66");
        assertThat(query.judge(right)).isEqualTo(SentQuery.Reply.ANSWER);
        int taken = 0;
        for (int i = 0; i < 1_000_000; i++) {
            byte[] forged = right.clone();
            switch (random.nextInt(4)) {
                case 0 -> {
                    int guess = random.nextInt(1 << 16);
                    forged[0] = (byte) (guess >> 8);
                    forged[1] = (byte) (guess == 0x1234 ? 0x35 : guess);
                }
                // A bit of id, flags or question; not one that a server may set as it likes.
                case 1 -> forged[new int[] {0, 1, 4, 5}[random.nextInt(4)]] ^= (byte) (1 << random.nextInt(8));
                case 2 -> forged[12 + random.nextInt(BANK.length())] ^= (byte) (1 << random.nextInt(8));
                default -> forged[2] ^= (byte) (random.nextBoolean() ? 0x80 : 0x08 << random.nextInt(4));
            }
            if (query.judge(forged) == SentQuery.Reply.ANSWER) {
                taken++;
            }
        }
        assertThat(taken).isZero();
    }

    @Test
    void a_hundred_thousand_replies_from_another_port_are_not_even_seen() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket forger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(10_000);
            CompletableFuture<byte[]> asked =
                    apart.udp((InetSocketAddress) server.getLocalSocketAddress(), BANK, 1232, LONG);
            DatagramPacket query = new DatagramPacket(new byte[512], 512);
            server.receive(query);
            byte[] sent = Arrays.copyOf(query.getData(), query.getLength());
            byte[] forged = answerTo(sent, "192.0.2.66");
            for (int id = 0; id < 100_000; id++) {
                forged[0] = (byte) (id >> 8);
                forged[1] = (byte) id;
                send(forger, forged, query);
            }
            send(server, answerTo(sent, "192.0.2.1"), query);

            assertThat(addressIn(replyOf(asked))).isEqualTo("192.0.2.1");
            assertThat(heard.lines).containsExactly("UDP answered 0");
        }
    }

    @Test
    void who_has_the_port_gets_twenty_guesses_at_the_id() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            for (int guess = 1; guess <= 1_000; guess++) {
                byte[] forged = answerTo(query.bytes(), "192.0.2.66");
                forged[0] ^= (byte) (guess >> 8);
                forged[1] ^= (byte) guess;
                query.reply(forged);
            }
        })) {
            assertThat(failureOf(apart.udp(server.address(), BANK, 1232, LONG)).reason())
                    .isEqualTo(Reason.MISMATCHED);
            assertThat(heard.lines).hasSize(Exchange.MOST_MISMATCHES + 1);
        }
    }

    @Test
    void letters_are_mixed_by_chance_and_the_answer_comes_with_small_ones() throws Exception {
        try (ScriptedUpstream server =
                ScriptedUpstream.start(query -> query.reply(answerTo(query.bytes(), "192.0.2.1")))) {
            for (int i = 0; i < 10; i++) {
                byte[] reply = replyOf(ask(server, new Form(1232, null, true)));
                assertThat(new Message(reply).getQuestion().getName()).hasToString("www.bank.example.");
                assertThat(new Message(reply).getSection(Section.ANSWER).get(0).getName())
                        .hasToString("www.bank.example.");
            }
        }
    }

    @Test
    void every_question_has_other_large_letters() {
        Set<String> written = new HashSet<>();
        RandomIds random = new RandomIds();
        for (int i = 0; i < 100; i++) {
            written.add(nameIn(new SentQuery(BANK, 1, new Form(1232), random.bits()).message()));
        }
        // 14 letters: of a hundred names some may be the same by chance, most are not.
        assertThat(written).hasSizeGreaterThan(90).allMatch(name -> name.equalsIgnoreCase("www.bank.example."));
    }

    @Test
    void who_does_not_know_the_letters_is_not_believed() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] forged = answerTo(query.bytes(), "192.0.2.66");
            for (int i = 12; i < 12 + BANK.length() - 4; i++) {
                forged[i] ^= (byte) (Character.isLetter(forged[i]) ? 0x20 : 0);
            }
            query.reply(forged);
        })) {
            UpstreamException failure = failureOf(ask(server, new Form(1232, null, true)));

            assertThat(failure.reason()).isEqualTo(Reason.MISMATCHED);
            assertThat(failure).hasMessageContaining("changed the case");
        }
    }

    @Test
    void a_mark_is_on_the_query_where_there_is_EDNS_and_nowhere_else() throws Exception {
        LoopMark mark = new LoopMark(0x0123456789abcdefL);
        Message marked = new Message(new SentQuery(BANK, 1, new Form(1232, mark, false)).message());
        Message plain = new Message(new SentQuery(BANK, 1, new Form(1232, mark, false).withoutEdns()).message());

        assertThat(marked.getOPT().getOptions()).singleElement().satisfies(option -> {
            assertThat(option.getCode()).isEqualTo(65_313);
            assertThat(option.toWire()).endsWith(1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef);
        });
        assertThat(plain.getOPT()).isNull();
    }

    private CompletableFuture<byte[]> ask(ScriptedUpstream server, Form form) {
        return apart.ask(server.address(), BANK, LONG, call -> call.udp(form));
    }

    private static void send(DatagramSocket from, byte[] reply, DatagramPacket query) throws IOException {
        from.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
    }

    /** Names in it are pointers to the question. */
    private static byte[] answerTo(byte[] query, String address) {
        try {
            Message parsed = new Message(query);
            return Reply.to(parsed)
                    .answer(parsed.getQuestion().getName() + " 60 IN A " + address)
                    .wire();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String nameIn(byte[] message) {
        try {
            return new Message(message).getQuestion().getName().toString();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String addressIn(byte[] reply) throws IOException {
        return new Message(reply).getSection(Section.ANSWER).get(0).rdataToString();
    }
}
