package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Query.Verdict;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Messages with a few bytes changed, cut, moved or doubled: the same ones in every run. */
class MutatedMessagesTest {
    private static final int MESSAGES = 100_000;

    private static final List<byte[]> SEEDS = List.of(
            Wire.message(Header.RD, 1, 0, 0, 1)
                    .question("orders.service.consul", Type.SRV)
                    .opt(1232, 0, Edns.DO, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8)
                    .bytes(),
            Reply.to("orders.service.consul.", Type.SRV)
                    .flag(Flags.AA)
                    .answer(
                            "orders.service.consul. 60 IN SRV 1 1 8080 web1.node.dc1.consul.",
                            "orders.service.consul. 60 IN SRV 1 1 8080 web2.node.dc1.consul.")
                    .additional(
                            "web1.node.dc1.consul. 60 IN A 10.0.0.1",
                            "web1.node.dc1.consul. 60 IN TXT \"rack=1\"",
                            "web2.node.dc1.consul. 60 IN AAAA fd00::2")
                    .opt()
                    .wire(),
            Reply.to("www.a.example.", Type.A)
                    .answer("www.a.example. 60 IN CNAME a.example.", "a.example. 60 IN A 192.0.2.1")
                    .authority("a.example. 60 IN NS ns.a.example.")
                    .additional("ns.a.example. 60 IN A 192.0.2.53")
                    .opt()
                    .wire(),
            Reply.to("no.a.example.", Type.MX)
                    .rcode(Rcode.NXDOMAIN)
                    .authority("a.example. 60 IN SOA ns.a.example. root.a.example. 1 2 3 4 5")
                    .wire());

    @Test
    void nothing_but_a_malformed_message_exception_ever_comes_out() {
        Random random = new Random(1035);
        int readable = 0;
        for (int i = 0; i < MESSAGES; i++) {
            byte[] message = mutate(SEEDS.get(i % SEEDS.size()), random);
            try {
                readQuery(message);
                readable += readReply(message) ? 1 : 0;
            } catch (RuntimeException | Error defect) {
                throw new AssertionError(HexFormat.of().formatHex(message), defect);
            }
        }
        // Were all of them refused at the door, this would test the door only.
        assertThat(readable).isBetween(MESSAGES / 10, MESSAGES * 9 / 10);
    }

    private static void readQuery(byte[] message) {
        Query query = new Query();
        Verdict verdict = query.read(ByteBuffer.wrap(message), 0, message.length);
        assertThat(query.udpSize() >= 512).isTrue();
        if (verdict == Verdict.ASKED) {
            Question question = query.question();
            assertThat(Question.of(question.name(), question.type()).toWire()).isEqualTo(question.toWire());
        }
    }

    /** Whether it is well-formed: then both kinds of answer can be made of it, and what they write can be read, too. */
    private static boolean readReply(byte[] message) {
        try {
            MessageReader.check(message);
        } catch (MalformedMessageException malformed) {
            attempt(() -> InstanceSet.of(message, false));
            attempt(() -> VerbatimAnswer.of(message, 86_400));
            return false;
        }
        try {
            InstanceSet set = InstanceSet.of(message, false);
            int question = new MessageReader(message).questionEnd();
            MessageReader.check(Assembled.wire(set, Arrays.copyOfRange(message, Header.LENGTH, question)));

            VerbatimAnswer answer = VerbatimAnswer.of(message, 86_400);
            ByteBuffer kept = ByteBuffer.wrap(answer.message());
            for (int record = 0; record < answer.records(); record++) {
                assertThat(kept.getInt(answer.ttlOffset(record)) >>> 1 <= 43_200)
                        .isTrue();
            }
            return true;
        } catch (MalformedMessageException contradiction) {
            throw new AssertionError("what was checked could not be used", contradiction);
        }
    }

    private static void attempt(Reading reading) {
        try {
            reading.read();
        } catch (MalformedMessageException expected) {
            // It may also pass: a name that nobody had to read may be the malformed one.
        }
    }

    private interface Reading {
        AnswerSet read() throws MalformedMessageException;
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] message = seed.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0 && message.length > 1; changes--) {
            int at = random.nextInt(message.length);
            switch (random.nextInt(8)) {
                case 0 -> message[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> message[at] = (byte) random.nextInt(256);
                case 2 -> message[at] = (byte) (0xc0 | random.nextInt(2));
                case 3 -> message[at] = random.nextBoolean() ? 0 : (byte) 0xff;
                case 4 -> message[Math.min(at, 11)] = (byte) random.nextInt(4);
                case 5 -> message = random.nextInt(4) == 0 ? Arrays.copyOf(message, at) : message;
                case 6 -> message = Arrays.copyOf(message, message.length + random.nextInt(16));
                default -> {
                    int to = random.nextInt(message.length);
                    int length = Math.min(random.nextInt(16), message.length - Math.max(at, to));
                    System.arraycopy(message, at, message, to, length);
                }
            }
        }
        return message;
    }
}
