package io.github.consulresolver.server.reply;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What holds for every service and every client. */
final class ReplyPropertiesTest {
    private static final int CLIENTS = 40;
    private static final int LARGEST_DATAGRAM = 65_507;

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_reply_fits_and_has_whole_instances_each_once_with_their_glue(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Reply agent = service(random);
        List<Record> instances = agent.message().getSection(Section.ANSWER);
        Map<Name, Set<String>> glue = byOwner(agent.message().getSection(Section.ADDITIONAL));
        InstanceSet set = Services.shuffled(agent);
        ReplyWriter writer = new ReplyWriter(3, 1232, Duration.ofSeconds(10), random.split());

        for (int i = 0; i < CLIENTS; i++) {
            int size = 512 + random.nextInt(random.nextBoolean() ? 1_500 : 65_024);
            Asked client = Asked.of(Services.WEB, Type.SRV).edns(size);
            boolean udp = random.nextInt(4) > 0;
            int limit = udp ? Math.min(size, LARGEST_DATAGRAM) : 0xffff;
            byte[] wire = udp ? client.udpWire(writer, set, 0) : client.tcpWire(writer, set, 0);
            Message reply = Asked.parsed(wire);
            List<Record> answers = reply.getSection(Section.ANSWER);
            Map<Name, Set<String>> given = byOwner(reply.getSection(Section.ADDITIONAL));
            Set<Name> targets =
                    answers.stream().map(srv -> ((SRVRecord) srv).getTarget()).collect(toSet());

            assertThat(wire.length).isLessThanOrEqualTo(limit);
            assertThat(answers).isNotEmpty().doesNotHaveDuplicates();
            assertThat(new HashSet<>(instances)).containsAll(answers);
            assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
            assertThat(targets).as("glue of instances that stay only").containsAll(given.keySet());
            given.forEach((target, addresses) -> assertThat(addresses)
                    .as("all addresses of %s or none", target)
                    .isEqualTo(glue.get(target)));
            assertThat(reply.getSection(Section.ADDITIONAL)).as("each once").doesNotHaveDuplicates();
            targets.retainAll(glue.keySet());
            if (udp && answers.size() > 1) {
                assertThat(given.keySet()).isEqualTo(targets);
            } else if (!udp && !given.keySet().equals(targets)) {
                assertThat(answers).as("all instances before any glue").hasSameSizeAs(instances);
            }
        }
    }

    /** Few targets or many, with names of any length, that have no address, one, or several. */
    private static Reply service(SplittableRandom random) {
        int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 1_100 : 60);
        int targets = 1 + random.nextInt(count);
        List<String> srv = new ArrayList<>();
        List<String> glue = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int target = i < targets ? i : random.nextInt(targets);
            String name = "n%s.node.dc1.consul.".formatted(Integer.toString(target * target, 2 + target % 30));
            srv.add("web.service.consul. 60 IN SRV 1 1 %d %s".formatted(1_000 + i, name));
            for (int address = i < targets ? random.nextInt(3) : 0; address > 0; address--) {
                glue.add(
                        random.nextBoolean()
                                ? "%s 60 IN A 10.%d.%d.%d".formatted(name, address, i >> 8, i & 255)
                                : "%s 60 IN AAAA fd00::%x:%x".formatted(name, address, i));
            }
        }
        return Reply.to(Services.WEB, Type.SRV)
                .answer(srv.toArray(String[]::new))
                .additional(glue.toArray(String[]::new));
    }

    private static Map<Name, Set<String>> byOwner(List<Record> records) {
        return records.stream()
                .filter(record -> record.getType() == Type.A || record.getType() == Type.AAAA)
                .collect(groupingBy(Record::getName, mapping(Record::rdataToString, toSet())));
    }
}
