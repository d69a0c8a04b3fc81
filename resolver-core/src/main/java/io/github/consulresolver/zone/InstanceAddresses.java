package io.github.consulresolver.zone;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.MessageReader.Section;
import io.github.consulresolver.dns.Question;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The addresses of a service's instances, each once, gathered from several replies. Not thread-safe. */
final class InstanceAddresses {
    private static final int TYPE_A = 1;
    private static final int TYPE_CNAME = 5;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_SRV = 33;
    private static final int CLASS_IN = 1;

    /** Where the target stands in an SRV record's data. */
    private static final int TARGET = 6;

    /** A pointer to the question's name. */
    private static final short OWNER = (short) (0xc000 | Header.LENGTH);

    private final Set<Integer> types;
    private final List<DomainName> zones;
    private final Map<ByteBuffer, Integer> ttls = new LinkedHashMap<>();

    /**
     * @param types the types of addresses that are wanted
     * @param zones where the agent's own names are
     */
    InstanceAddresses(Set<Integer> types, List<DomainName> zones) {
        this.types = types;
        this.zones = zones;
    }

    /** Adds what an answer says. Returns how many addresses it has; 0 if they are those of an alias, which no limit cuts. */
    int addAnswers(byte[] message) throws MalformedMessageException {
        int count = 0;
        MessageReader reader = new MessageReader(message);
        while (reader.next() && reader.section() == Section.ANSWER) {
            if (reader.type() == TYPE_CNAME) {
                return 0;
            }
            if (types.contains(reader.type())) {
                count++;
                add(reader);
            }
        }
        return count;
    }

    /**
     * Adds the addresses of SRV targets. Targets that are no names of the agent's making belong to instances that were registered with a
     * host name; as the agent does, these are left out beside others that have an address.
     *
     * @return whether these are all there can be. Of each instance the agent gives one address, IPv6 first: if a target has none of the
     *     wanted types, there may be one all the same
     */
    boolean addTargets(byte[] message) throws MalformedMessageException {
        Set<DomainName> targets = new HashSet<>();
        Set<DomainName> found = new HashSet<>();
        MessageReader reader = new MessageReader(message);
        while (reader.next()) {
            if (reader.section() == Section.ANSWER && reader.type() == TYPE_SRV) {
                byte[] rdata = reader.rdata();
                byte[] target = Arrays.copyOfRange(rdata, TARGET, rdata.length);
                if (isMadeByAgent(target)) {
                    targets.add(name(target));
                }
            } else if (reader.section() == Section.ADDITIONAL && types.contains(reader.type())) {
                DomainName owner = name(reader.owner());
                if (targets.contains(owner)) {
                    found.add(owner);
                    add(reader);
                }
            }
        }
        boolean whole = (reader.flags() & Header.TC) == 0 && reader.rcode() == AnswerSet.NO_ERROR;
        return whole && found.containsAll(targets);
    }

    private boolean isMadeByAgent(byte[] target) {
        for (DomainName zone : zones) {
            if (zone.isSuffixOf(ByteBuffer.wrap(target), 0, target.length)) {
                Question question = Question.of(DomainName.text(target, 0), TYPE_A);
                return switch (ConsulName.of(question, zone).kind()) {
                    case NODE, ADDR -> true;
                    default -> false;
                };
            }
        }
        return false;
    }

    private static DomainName name(byte[] wire) {
        return DomainName.of(DomainName.text(wire, 0));
    }

    private void add(MessageReader reader) throws MalformedMessageException {
        ttls.putIfAbsent(ByteBuffer.wrap(reader.rdata()), reader.ttl());
    }

    /** The reply {@code direct} with all of them for its records. */
    byte[] inPlaceOfAnswers(byte[] direct, boolean complete) throws MalformedMessageException {
        byte[] head = Arrays.copyOf(direct, new MessageReader(direct).questionEnd());
        ByteBuffer header = ByteBuffer.wrap(head);
        int flags = header.getShort(Header.FLAGS) & ~Header.TC;
        header.putShort(Header.FLAGS, (short) (complete ? flags : flags | Header.TC));
        header.putShort(Header.ANSWERS, (short) ttls.size());
        header.putInt(Header.AUTHORITIES, 0);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(head);
        ttls.forEach((data, ttl) -> message.writeBytes(record(data, ttl)));
        return message.toByteArray();
    }

    private static byte[] record(ByteBuffer data, int ttl) {
        int length = data.capacity();
        ByteBuffer record = ByteBuffer.allocate(12 + length).putShort(OWNER);
        record.putShort((short) (length == 4 ? TYPE_A : TYPE_AAAA)).putShort((short) CLASS_IN);
        return record.putInt(ttl).putShort((short) length).put(data.duplicate()).array();
    }
}
