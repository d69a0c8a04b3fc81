package io.github.consulresolver.dns;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An agent's answer, taken apart into blocks that a reply is put together from by copying.
 *
 * <p>A block is one record in wire form. Its owner is a pointer to the question wherever the two names share an end, and its
 * other names are written out, so it may stand at any place of any reply to this question. Blocks come in this order:
 *
 * <ol>
 *   <li><b>chain</b>: the CNAME records, which keep their order;
 *   <li><b>instances</b>: the records asked for, which may be shuffled, and cut to what fits;
 *   <li><b>glue</b>: the address records of SRV targets. They come in groups, one a target, and an SRV record names its group; the
 *       first two bytes of a glue block are to be overwritten by a pointer to that target, wherever it was put;
 *   <li><b>authority</b>, and <b>extras</b>: what else the agent put into the authority and additional sections.
 * </ol>
 */
public final class InstanceSet implements AnswerSet {
    /** The group of an instance that has no glue. */
    public static final int NO_GLUE = -1;

    /** Bytes of a compression pointer. */
    public static final int POINTER = 2;

    /** Bytes of a record between its owner and its data: type, class, TTL and length. */
    public static final int FIXED_FIELDS = 10;

    private static final int TYPE_CNAME = 5;
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_SRV = 33;
    private static final int TYPE_OPT = 41;
    private static final int TYPE_DNAME = 39;

    private final byte[] bytes;
    /** Where each block begins, and one more: where the last ends. */
    private final int[] starts;
    /** A group an instance. */
    private final int[] groups;
    /** The first glue block of each group, and one more. */
    private final int[] groupStarts;

    private final int chain;
    private final int authority;
    private final int extras;
    private final int flags;
    private final int ttl;
    private final boolean negative;
    private final boolean ordered;
    private final boolean service;

    private InstanceSet(Builder builder, boolean ordered, boolean service) {
        this.ordered = ordered;
        this.service = service;
        flags = builder.reader.flags();
        ttl = builder.lifetime.ttl(rcode());
        negative = builder.lifetime.isNegative(rcode());
        chain = builder.chain.size();
        authority = builder.authority.size();
        extras = builder.extras.size();

        List<byte[]> blocks = new ArrayList<>(builder.chain);
        groups = new int[builder.instances.size()];
        for (int i = 0; i < groups.length; i++) {
            blocks.add(builder.instances.get(i).block);
            groups[i] = builder.instances.get(i).group;
        }
        groupStarts = new int[builder.glue.size() + 1];
        for (int group = 0; group < builder.glue.size(); group++) {
            groupStarts[group] = blocks.size();
            blocks.addAll(builder.glue.get(group));
        }
        groupStarts[builder.glue.size()] = blocks.size();
        blocks.addAll(builder.authority);
        blocks.addAll(builder.extras);

        starts = new int[blocks.size() + 1];
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < blocks.size(); i++) {
            all.writeBytes(blocks.get(i));
            starts[i + 1] = all.size();
        }
        bytes = all.toByteArray();
    }

    /**
     * Takes a whole reply message apart.
     *
     * @param ordered whether the order of the instances means something, so that they must not be shuffled
     */
    public static InstanceSet of(byte[] message, boolean ordered) throws MalformedMessageException {
        return of(message, ordered, true);
    }

    /**
     * The same.
     *
     * @param service whether the instances are those of a service, so that Consul's {@code a_record_limit} holds for their addresses
     */
    public static InstanceSet of(byte[] message, boolean ordered, boolean service) throws MalformedMessageException {
        return new InstanceSet(new Builder(message), ordered, service);
    }

    @Override
    public int rcode() {
        return flags & Header.RCODE_MASK;
    }

    @Override
    public int ttl() {
        return ttl;
    }

    @Override
    public boolean isNegative() {
        return negative;
    }

    @Override
    public int weight() {
        return bytes.length + 4 * (starts.length + groups.length + groupStarts.length) + 160;
    }

    /** Whether the order of the instances means something. */
    public boolean isOrdered() {
        return ordered;
    }

    /** Whether the instances are those of a service, prepared queries included. */
    public boolean isService() {
        return service;
    }

    /** Whether there may be more instances than these: the message was cut on its way ({@link Header#TC}). */
    public boolean isPartial() {
        return (flags & Header.TC) != 0;
    }

    /** {@link Header#AA} as the agent set it, or 0. */
    public int authoritative() {
        return flags & Header.AA;
    }

    /** How many blocks of the chain there are; they are the first. */
    public int chain() {
        return chain;
    }

    /** How many instances there are; their blocks follow the chain's. */
    public int instances() {
        return groups.length;
    }

    /** How many groups of glue there are. */
    public int glueGroups() {
        return groupStarts.length - 1;
    }

    /** The first of the authority blocks. */
    public int firstAuthority() {
        return starts.length - 1 - authority - extras;
    }

    public int authorities() {
        return authority;
    }

    /** The first of the blocks for the additional section that belong to no instance. */
    public int firstExtra() {
        return starts.length - 1 - extras;
    }

    public int extras() {
        return extras;
    }

    /** The group of glue that instance {@code instance} (from 0) needs, or {@link #NO_GLUE}. */
    public int glueOf(int instance) {
        return groups[instance];
    }

    /** The first block of a group of glue; that of group {@link #glueGroups} is the end. */
    public int firstGlue(int group) {
        return groupStarts[group];
    }

    /** The bytes of all blocks; not to be written to. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where block {@code block} begins in {@link #bytes}. */
    public int start(int block) {
        return starts[block];
    }

    /** How long block {@code block} is, in bytes. */
    public int length(int block) {
        return starts[block + 1] - starts[block];
    }

    private record Instance(byte[] block, int group) {}

    /** Sorts the records of a message into blocks. */
    private static final class Builder {
        final MessageReader reader;
        final Lifetime lifetime = new Lifetime();
        final List<byte[]> chain = new ArrayList<>();
        final List<Instance> instances = new ArrayList<>();
        final List<List<byte[]>> glue = new ArrayList<>();
        final List<byte[]> authority = new ArrayList<>();
        final List<byte[]> extras = new ArrayList<>();
        private final Map<Name, Integer> targets = new HashMap<>();
        private final Set<ByteBuffer> seen = new HashSet<>();
        private final byte[] message;

        Builder(byte[] message) throws MalformedMessageException {
            this.message = message;
            reader = new MessageReader(message);
            while (reader.next()) {
                if (reader.type() == TYPE_OPT) {
                    continue;
                }
                lifetime.add(reader);
                switch (reader.section()) {
                    case ANSWER -> answer();
                    case AUTHORITY -> authority.add(block(pointToQuestion(reader.owner()), reader.rdata()));
                    case ADDITIONAL -> additional();
                }
            }
        }

        private void answer() throws MalformedMessageException {
            byte[] rdata = reader.rdata();
            byte[] block = block(pointToQuestion(reader.owner()), rdata);
            if (reader.type() == TYPE_CNAME || reader.type() == TYPE_DNAME) {
                chain.add(block);
            } else if (reader.type() == TYPE_SRV) {
                Name target = new Name(Arrays.copyOfRange(rdata, 6, rdata.length));
                Integer group = targets.get(target);
                if (group == null) {
                    group = glue.size();
                    targets.put(target, group);
                    glue.add(new ArrayList<>(1));
                }
                instances.add(new Instance(block, group));
            } else {
                instances.add(new Instance(block, NO_GLUE));
            }
        }

        private void additional() throws MalformedMessageException {
            byte[] owner = reader.owner();
            boolean address = reader.type() == TYPE_A || reader.type() == TYPE_AAAA;
            Integer group = address ? targets.get(new Name(owner)) : null;
            if (group == null) {
                // Agents say what a node is once for each of its instances.
                byte[] extra = block(pointToQuestion(owner), reader.rdata());
                if (seen.add(ByteBuffer.wrap(extra))) {
                    extras.add(extra);
                }
                return;
            }
            byte[] block = block(new byte[POINTER], reader.rdata());
            if (glue.get(group).stream().noneMatch(other -> Arrays.equals(other, block))) {
                glue.get(group).add(block);
            }
        }

        private byte[] block(byte[] owner, byte[] rdata) {
            ByteBuffer block = ByteBuffer.allocate(owner.length + FIXED_FIELDS + rdata.length);
            block.put(owner).put(reader.typeAndClass()).putInt(reader.ttl());
            return block.putShort((short) rdata.length).put(rdata).array();
        }

        /** The owner with the end it shares with the question's name replaced by a pointer there; every reply has that name at 12. */
        private byte[] pointToQuestion(byte[] owner) {
            int questionLength = reader.questionEnd() - Question.TYPE_AND_CLASS - Header.LENGTH;
            for (int at = 0; owner[at] != 0; at += owner[at] + 1) {
                int length = owner.length - at;
                int offset = Header.LENGTH + questionLength - length;
                if (offset >= Header.LENGTH && startsLabel(offset) && sameName(owner, at, offset, length)) {
                    byte[] shortened = Arrays.copyOf(owner, at + POINTER);
                    ByteBuffer.wrap(shortened).putShort(at, (short) (0xc000 | offset));
                    return shortened;
                }
            }
            return owner;
        }

        private boolean startsLabel(int offset) {
            int at = Header.LENGTH;
            while (at < offset) {
                at += message[at] + 1;
            }
            return at == offset;
        }

        private boolean sameName(byte[] owner, int at, int offset, int length) {
            for (int i = 0; i < length; i++) {
                if (DomainName.lowerCase(owner[at + i]) != DomainName.lowerCase(message[offset + i])) {
                    return false;
                }
            }
            return true;
        }
    }

    /** A wire-form name as a map's key: case does not count. */
    private record Name(byte[] wire) {
        Name {
            wire = wire.clone();
            for (int i = 0; i < wire.length; i++) {
                wire[i] = DomainName.lowerCase(wire[i]);
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Name name && Arrays.equals(wire, name.wire);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(wire);
        }
    }
}
