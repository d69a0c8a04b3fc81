package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

    private static final int PORT = 4;

    /**
     * The SRV records of an agent's answer. A target "." is none: the service is decidedly not available there. So is port 0, by which nobody
     * can be reached: Consul gives it to instances that are registered without a port.
     */
    static List<SrvRecord> of(AnswerSet answers) {
        List<SrvRecord> records = new ArrayList<>();
        if (answers instanceof InstanceSet set) {
            for (int i = 0; i < set.instances(); i++) {
                Block block = Block.of(set, set.chain() + i);
                String target = block.type() == TYPE ? DomainName.text(block.bytes(), block.data() + TARGET) : ".";
                if (!target.equals(".") && port(block) != 0) {
                    records.add(read(block, target.substring(0, target.length() - 1), set, set.glueOf(i)));
                }
            }
        }
        return records;
    }

    private static SrvRecord read(Block block, String host, InstanceSet set, int group) {
        ByteBuffer data = ByteBuffer.wrap(block.bytes(), block.data(), TARGET);
        int priority = data.getShort() & 0xffff;
        int weight = data.getShort() & 0xffff;
        return new SrvRecord(host, port(block), priority, weight, Addresses.ofGlue(host, set, group));
    }

    private static int port(Block block) {
        return ByteBuffer.wrap(block.bytes()).getShort(block.data() + PORT) & 0xffff;
    }
}
