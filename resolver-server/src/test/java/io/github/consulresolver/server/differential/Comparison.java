package io.github.consulresolver.server.differential;

import static java.util.stream.Collectors.toCollection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What "the same answer" means.
 *
 * <p>Over TCP the records of each section are the agent's, in any order. Over UDP they are some of those, at least as many as the
 * agent gives by that transport, and no more than there is room for. TTLs may have counted down. Duplicates and the serial of SOA
 * records, which is the time, count for nothing.
 */
final class Comparison {

    private static final String SERIAL = "(serial)";

    private final Case asked;
    private final Transport transport;
    private final Message same;
    private final Message ours;
    private final int size;
    private final int limit;
    private final long age;
    private final boolean hasCapitals;
    private final List<Finding> findings = new ArrayList<>();

    private Comparison(Case asked, Transport transport, Replies replies) {
        this.asked = asked;
        this.transport = transport;
        same = replies.same();
        ours = replies.ours();
        size = replies.size();
        limit = replies.limit();
        age = replies.age();
        String name = asked.name().toString();
        hasCapitals = !name.equals(name.toLowerCase(Locale.ROOT));
    }

    /** All that is not the same; where the agent has several answers, compared with the most similar one. */
    static List<Finding> of(Case asked, Transport transport, Replies replies) {
        return replies.whole().stream()
                .map(whole -> new Comparison(asked, transport, replies).findings(whole))
                .min(Comparator.comparingInt(List::size))
                .orElseThrow();
    }

    private List<Finding> findings(Message whole) {
        header();
        letters(whole);
        boolean complete = answers(whole);
        boolean agentComplete =
                keys(same, Section.ANSWER).size() >= keys(whole, Section.ANSWER).size();
        others(whole, Section.AUTHORITY, complete && agentComplete, Aspect.AUTHORITY_MISSING, Aspect.AUTHORITY_EXTRA);
        others(
                whole,
                Section.ADDITIONAL,
                complete && agentComplete,
                Aspect.ADDITIONAL_MISSING,
                Aspect.ADDITIONAL_EXTRA);
        glue(whole);
        ttls(whole);
        edns();
        if (size > transport.room()) {
            find(Aspect.SIZE, size + " bytes, the client takes " + transport.room());
        }
        return findings;
    }

    private void header() {
        if (ours.getRcode() != same.getRcode()) {
            find(Aspect.RCODE, org.xbill.DNS.Rcode.string(ours.getRcode()));
        }
        bit(Flags.AA, Aspect.AUTHORITATIVE);
        bit(Flags.RA, Aspect.RECURSION_AVAILABLE);
        bit(Flags.TC, Aspect.TRUNCATED);
        bit(Flags.RD, Aspect.HEADER);
        bit(Flags.CD, Aspect.HEADER);
        bit(Flags.AD, Aspect.HEADER);
        Header header = ours.getHeader();
        if (header.getOpcode() != same.getHeader().getOpcode()) {
            find(Aspect.HEADER, "opcode " + header.getOpcode());
        }
        if (!rendered(ours, Section.QUESTION).equals(rendered(same, Section.QUESTION))) {
            find(Aspect.HEADER, "the question " + rendered(ours, Section.QUESTION));
        }
    }

    private void bit(int flag, Aspect aspect) {
        boolean set = ours.getHeader().getFlag(flag);
        if (set != same.getHeader().getFlag(flag)) {
            find(aspect, Flags.string(flag) + (set ? " is set" : " is not set"));
        }
    }

    /** Returns whether all are there. */
    private boolean answers(Message whole) {
        Set<String> agents = keys(whole, Section.ANSWER);
        Set<String> mine = keys(ours, Section.ANSWER);
        // Where the agent draws, it may have drawn another answer now.
        int agentsCount = asked.has(Flag.RANDOM)
                ? Math.min(agents.size(), keys(same, Section.ANSWER).size())
                : keys(same, Section.ANSWER).size();
        Set<String> extra = without(mine, agents);
        Set<String> missing = without(agents, mine);
        if (!extra.isEmpty()) {
            find(Aspect.ANSWER_EXTRA, extra.toString());
        }
        if (mine.size() < agentsCount && !isFull(mine.size())) {
            find(mine.isEmpty() ? Aspect.ANSWER_MISSING : Aspect.ANSWER_FEWER, missing.toString());
        } else if (extra.isEmpty() && mine.size() > agentsCount) {
            find(Aspect.ANSWER_MORE, mine.size() + " instead of " + agentsCount);
        }
        if (transport.isClassic() && instances(ours) > Math.max(limit, agentsCount)) {
            find(Aspect.TOO_MANY, instances(ours) + " instances");
        }
        if (asked.has(Flag.FIRST) && !first(ours).equals(first(same))) {
            find(Aspect.FIRST_ANSWER, first(ours));
        }
        return missing.isEmpty();
    }

    /** Whether there is no room for another answer, which has at most twice the length of the others. */
    private boolean isFull(int answers) {
        return answers > 0 && transport.room() - size < 2 * (size / answers);
    }

    private static long instances(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .filter(record -> record.getType() != Type.CNAME)
                .count();
    }

    private static String first(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .findFirst()
                .map(Comparison::key)
                .orElse("none");
    }

    private void others(Message whole, int section, boolean complete, Aspect missing, Aspect extra) {
        Set<String> agents = keys(whole, section);
        Set<String> mine = keys(ours, section);
        // What did not fit into the agent's reply need not fit into ours.
        Set<String> expected = complete ? keys(same, section) : Set.of();
        Set<String> left = without(asked.has(Flag.RANDOM) ? agents : expected, mine);
        if (!left.isEmpty() && (!asked.has(Flag.RANDOM) || complete)) {
            find(missing, left.toString());
        }
        if (!agents.containsAll(mine)) {
            find(extra, without(mine, agents).toString());
        }
    }

    /** SRV records that stayed keep the addresses of their targets. */
    private void glue(Message whole) {
        Set<Name> known = owners(whole);
        Set<Name> mine = owners(ours);
        List<SRVRecord> instances = ours.getSection(Section.ANSWER).stream()
                .filter(SRVRecord.class::isInstance)
                .map(SRVRecord.class::cast)
                .toList();
        Set<Name> bare = instances.stream()
                .map(SRVRecord::getTarget)
                .filter(target -> known.contains(target) && !mine.contains(target))
                .collect(toCollection(LinkedHashSet::new));
        if (!bare.isEmpty() && instances.size() > 1) {
            find(Aspect.ADDITIONAL_MISSING, "glue of " + bare);
        }
    }

    private static Set<Name> owners(Message message) {
        return message.getSection(Section.ADDITIONAL).stream()
                .map(Record::getName)
                .collect(toCollection(LinkedHashSet::new));
    }

    private void ttls(Message whole) {
        Map<String, Long> agents = new LinkedHashMap<>();
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            whole.getSection(section)
                    .forEach(record -> agents.put(key(record).toLowerCase(Locale.ROOT), record.getTTL()));
        }
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            for (Record record : ours.getSection(section)) {
                Long agent = agents.get(key(record).toLowerCase(Locale.ROOT));
                if (agent != null && (record.getTTL() > agent || record.getTTL() < Math.max(0, agent - age))) {
                    find(Aspect.TTL, record.getTTL() + " instead of " + agent + ": " + key(record));
                }
            }
        }
    }

    private void edns() {
        OPTRecord mine = ours.getOPT();
        OPTRecord agent = same.getOPT();
        OPTRecord query = asked.query(transport).getOPT();
        if ((mine == null) != (query == null)) {
            find(Aspect.OPT, mine == null ? "none" : mine.toString());
        } else if (mine != null && agent == null) {
            find(Aspect.OPT_KEPT, "an OPT");
        } else if (mine != null && agent != null) {
            if (mine.getPayloadSize() != agent.getPayloadSize()) {
                find(Aspect.OPT_SIZE, mine.getPayloadSize() + " bytes");
            }
            if (mine.getFlags() != agent.getFlags()) {
                find(Aspect.OPT_FLAGS, Integer.toHexString(mine.getFlags()));
            }
            List<EDNSOption> options = new ArrayList<>(mine.getOptions());
            if (options.removeIf(option -> option.getCode() == EDNSOption.Code.EDNS_EXTENDED_ERROR)) {
                find(Aspect.EXTENDED_ERROR, mine.toString());
            }
            if (mine.getVersion() != agent.getVersion() || !options.equals(agent.getOptions())) {
                find(Aspect.OPT_CONTENT, mine.toString());
            }
        }
    }

    private void find(Aspect aspect, String text) {
        findings.add(new Finding(aspect, text.length() > 500 ? text.substring(0, 500) + " ..." : text));
    }

    /** Where the client writes capitals, names in the answer may have them or not. */
    private void letters(Message whole) {
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            Set<String> agents = exactKeys(whole, section);
            Set<String> mine = exactKeys(ours, section);
            if (hasCapitals && !agents.containsAll(mine) && keys(whole, section).containsAll(keys(ours, section))) {
                find(Aspect.LETTERS, without(mine, agents).toString());
            }
        }
    }

    private Set<String> keys(Message message, int section) {
        Set<String> exact = exactKeys(message, section);
        return hasCapitals
                ? exact.stream().map(key -> key.toLowerCase(Locale.ROOT)).collect(toCollection(LinkedHashSet::new))
                : exact;
    }

    private static Set<String> exactKeys(Message message, int section) {
        return message.getSection(section).stream()
                .filter(record -> record.getType() != Type.OPT)
                .map(Comparison::key)
                .collect(toCollection(LinkedHashSet::new));
    }

    private static Set<String> rendered(Message message, int section) {
        return message.getSection(section).stream()
                .map(record -> record.getName() + " " + Type.string(record.getType()) + " " + record.getDClass())
                .collect(toCollection(LinkedHashSet::new));
    }

    /** A record without what may differ. */
    private static String key(Record record) {
        String data = record.rdataToString();
        if (record instanceof SOARecord soa) {
            data = data.replace(" " + soa.getSerial() + " ", " " + SERIAL + " ");
        }
        return record.getName() + " " + DClass.string(record.getDClass()) + " " + Type.string(record.getType()) + " "
                + data;
    }

    private static Set<String> without(Set<String> some, Set<String> others) {
        Set<String> rest = new LinkedHashSet<>(some);
        rest.removeAll(others);
        return rest;
    }
}
