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

    private static final int UNKNOWN_SCOPE = -1;
    private static final int TYPE_CNAME = 5;
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_SRV = 33;
    private static final int TYPE_OPT = 41;
    private static final int TYPE_DNAME = 39;

    private static final int[] NONE = {};

    private final byte[] bytes;
    /** How long each block is, where all are of one length, as those of addresses are; else 0. */
    private final int blockLength;
    /** Where each block begins, and one more: where the last ends. None where all blocks are of one length. */
    private final int[] starts;
    /** A group an instance. None where there is no glue. */
    private final int[] groups;
    /** The first glue block of each group, and one more. None where there is no glue. */
    private final int[] groupStarts;

    private final int blocks;
    private final int instances;
    private final int chain;
    private final int authority;
    private final int extras;
    private final int flags;
    private final int ttl;
    private final boolean negative;
    private final boolean ordered;
    private final boolean service;
    private final int subnetScope;

    private InstanceSet(Builder builder, boolean ordered, boolean service) {
        this.ordered = ordered;
        this.service = service;
        subnetScope = builder.subnetScope;
        flags = builder.reader.flags();
        ttl = builder.lifetime.ttl(rcode());
        negative = builder.lifetime.isNegative(rcode());
        chain = builder.chain.size();
        authority = builder.authority.size();
        extras = builder.extras.size();

        List<byte[]> all = new ArrayList<>(builder.chain);
        builder.instances.forEach(instance -> all.add(instance.block));
        instances = builder.instances.size();
        int glueGroups = builder.glue.size();
        groups = glueGroups == 0 ? NONE : new int[instances];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = builder.instances.get(i).group;
        }
        groupStarts = glueGroups == 0 ? NONE : new int[glueGroups + 1];
        for (int group = 0; group < glueGroups; group++) {
            groupStarts[group] = all.size();
            all.addAll(builder.glue.get(group));
            groupStarts[group + 1] = all.size();
        }
        all.addAll(builder.authority);
        all.addAll(builder.extras);

        blocks = all.size();
        boolean uniform =
                all.stream().mapToInt(block -> block.length).distinct().count() == 1;
        blockLength = uniform ? all.get(0).length : 0;
        starts = uniform ? NONE : new int[blocks + 1];
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int i = 0; i < blocks; i++) {
            joined.writeBytes(all.get(i));
            if (!uniform) {
                starts[i + 1] = joined.size();
            }
        }
        bytes = joined.toByteArray();
    }

    /**
     * Takes a whole reply message apart.
     *
     * @param ordered whether the order of the instances means something, so that they must not be shuffled
     */
    public static InstanceSet of(byte[] message, boolean ordered) throws MalformedMessageException {
        return of(message, ordered, true, Set.of(DomainName.ROOT));
    }

    /**
     * The same, without what the agent has no say in: records of names outside {@code zones} that the question does not
     * lead to.
     *
     * @param service whether the instances are those of a service, so that Consul's {@code a_record_limit} holds for their addresses
     * @throws MalformedMessageException also when that leaves nothing of what was said to be the answer
     */
    public static InstanceSet of(byte[] message, boolean ordered, boolean service, Set<DomainName> zones)
            throws MalformedMessageException {
        return new InstanceSet(new Builder(message, zones), ordered, service);
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

    /** Only an order by distance depends on where the client is. */
    @Override
    public boolean isForEverySubnet() {
        return !ordered || subnetScope == 0;
    }

    /** How many bits of the client's network the answer is for (RFC 7871), 0 to 255; 0 when the agent did not say. */
    public int subnetScope() {
        return Math.max(0, subnetScope);
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
        return instances;
    }

    /** How many groups of glue there are. */
    public int glueGroups() {
        return Math.max(0, groupStarts.length - 1);
    }

    /** The first of the authority blocks. */
    public int firstAuthority() {
        return blocks - authority - extras;
    }

    public int authorities() {
        return authority;
    }

    /** The first of the blocks for the additional section that belong to no instance. */
    public int firstExtra() {
        return blocks - extras;
    }

    public int extras() {
        return extras;
    }

    /** The group of glue that instance {@code instance} (from 0) needs, or {@link #NO_GLUE}. */
    public int glueOf(int instance) {
        return groups.length == 0 ? NO_GLUE : groups[instance];
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
        return blockLength > 0 ? block * blockLength : starts[block];
    }

    /** How long block {@code block} is, in bytes. */
    public int length(int block) {
        return blockLength > 0 ? blockLength : starts[block + 1] - starts[block];
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
        int subnetScope = UNKNOWN_SCOPE;
        private final Set<DomainName> zones;
        private final Bailiwick bailiwick;
        private final Map<DomainName, Integer> targets = new HashMap<>();
        private final Set<ByteBuffer> seen = new HashSet<>();
        private final byte[] message;

        Builder(byte[] message, Set<DomainName> zones) throws MalformedMessageException {
            this.message = message;
            this.zones = zones;
            bailiwick = Bailiwick.of(message);
            reader = new MessageReader(message);
            int strangers = 0;
            while (reader.next()) {
                if (reader.type() == TYPE_OPT) {
                    readOptions(reader.rdata());
                    continue;
                }
                if (isStranger()) {
                    strangers += reader.section() == MessageReader.Section.ANSWER ? 1 : 0;
                    continue;
                }
                lifetime.add(reader);
                switch (reader.section()) {
                    case ANSWER -> answer();
                    case AUTHORITY -> authority.add(block(pointToQuestion(reader.owner()), reader.rdata()));
                    case ADDITIONAL -> additional();
                }
            }
            if (strangers > 0 && chain.isEmpty() && instances.isEmpty()) {
                throw new MalformedMessageException("an answer to something else");
            }
        }

        /** Whether the record is of a name that neither the question leads to nor the agent answers for. */
        private boolean isStranger() throws MalformedMessageException {
            DomainName owner = DomainName.ofWire(reader.owner());
            return switch (reader.section()) {
                case ANSWER -> !bailiwick.holdsAnswer(owner) && !isAgents(owner);
                case ADDITIONAL -> !bailiwick.holdsAdditional(owner) && !isAgents(owner);
                // Says how long there is nothing, and may be of the zone above.
                case AUTHORITY -> false;
            };
        }

        private boolean isAgents(DomainName owner) {
            return zones.stream().anyMatch(zone -> zone.isSuffixOf(owner));
        }

        private void readOptions(byte[] rdata) {
            ByteBuffer options = ByteBuffer.wrap(rdata);
            while (options.remaining() >= Edns.OPTION_HEADER) {
                int option = options.getShort();
                int length = options.getShort() & 0xffff;
                if (length > options.remaining()) {
                    return;
                }
                if (option == Edns.CLIENT_SUBNET && length >= Edns.SUBNET_ADDRESS) {
                    subnetScope = options.get(options.position() + Edns.SUBNET_SCOPE) & 0xff;
                }
                options.position(options.position() + length);
            }
        }

        private void answer() throws MalformedMessageException {
            byte[] rdata = reader.rdata();
            byte[] block = block(pointToQuestion(reader.owner()), rdata);
            if (reader.type() == TYPE_CNAME || reader.type() == TYPE_DNAME) {
                chain.add(block);
            } else if (reader.type() == TYPE_SRV) {
                DomainName target = DomainName.ofWire(Arrays.copyOfRange(rdata, 6, rdata.length));
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
            Integer group = address ? targets.get(DomainName.ofWire(owner)) : null;
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
}
