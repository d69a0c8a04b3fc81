package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * An SRV record (RFC 2782) with the address that came with it.
 *
 * @param host the target, without its last dot
 * @param glue the target's address, where the answer had one
 */
record SrvRecord(String host, int port, int priority, int weight, Optional<InetAddress> glue) {
    static final int TYPE = 33;

    /** Two bytes each: priority, weight, port. */
    private static final int TARGET = 6;

    /**
     * The SRV records of an answer. A target "." is none: the service is decidedly not available there. So is port 0, by which nobody can be
     * reached: Consul gives it to instances that are registered without a port.
     */
    static List<SrvRecord> of(AnswerSet answers) {
        List<SrvRecord> records = new ArrayList<>();
        if (answers instanceof InstanceSet set) {
            for (int i = 0; i < set.instances(); i++) {
                Block block = Block.of(set, set.chain() + i);
                if (block.type() == TYPE) {
                    int group = set.glueOf(i);
                    add(records, block.bytes(), block.data(), host -> Addresses.ofGlue(host, set, group));
                }
            }
        } else {
            addAll(records, (VerbatimAnswer) answers);
        }
        return records;
    }

    /** Those of a name that is not Consul's. Addresses that came along are left alone: who vouches for them is not known. */
    private static void addAll(List<SrvRecord> records, VerbatimAnswer answer) {
        try {
            MessageReader reader = new MessageReader(answer.message());
            // Not further: the OPT record, which the header counts, is not there.
            for (int at = reader.questionEnd(); at < answer.answersEnd() && reader.next(); at = reader.end()) {
                if (reader.type() == TYPE) {
                    add(records, reader.rdata(), 0, host -> Optional.empty());
                }
            }
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("an answer that was checked cannot be read", impossible);
        }
    }

    private static void add(
            List<SrvRecord> records, byte[] bytes, int offset, Function<String, Optional<InetAddress>> glue) {
        ByteBuffer data = ByteBuffer.wrap(bytes, offset, TARGET);
        int priority = data.getShort() & 0xffff;
        int weight = data.getShort() & 0xffff;
        int port = data.getShort() & 0xffff;
        String target = DomainName.text(bytes, offset + TARGET);
        if (port != 0 && !target.equals(".")) {
            String host = target.substring(0, target.length() - 1);
            records.add(new SrvRecord(host, port, priority, weight, glue.apply(host)));
        }
    }
}
