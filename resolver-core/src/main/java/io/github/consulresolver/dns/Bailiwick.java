package io.github.consulresolver.dns;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a reply may speak of: the name that was asked for, the names its aliases lead to, and in the additional section the targets of
 * SRV records, too. Whatever else a server says was not asked, and is not believed (RFC 5452 section 6).
 *
 * <p>Immutable.
 */
public final class Bailiwick {
    private static final int TYPE_CNAME = 5;
    private static final int TYPE_SRV = 33;
    private static final int TYPE_DNAME = 39;

    private final Set<DomainName> answers;
    private final Set<DomainName> additionals;

    private Bailiwick(byte[] message) throws MalformedMessageException {
        Map<DomainName, List<DomainName>> aliases = new HashMap<>();
        List<DomainName> redirections = new ArrayList<>();
        List<DomainName> targets = new ArrayList<>();
        MessageReader reader = new MessageReader(message);
        while (reader.next()) {
            if (reader.type() == TYPE_CNAME) {
                aliases.computeIfAbsent(owner(reader), name -> new ArrayList<>(1))
                        .add(DomainName.ofWire(reader.rdata()));
            } else if (reader.type() == TYPE_DNAME) {
                redirections.add(owner(reader));
            } else if (reader.type() == TYPE_SRV) {
                byte[] rdata = reader.rdata();
                targets.add(DomainName.ofWire(Arrays.copyOfRange(rdata, 6, rdata.length)));
            }
        }
        byte[] asked = Arrays.copyOfRange(message, Header.LENGTH, reader.questionEnd() - Question.TYPE_AND_CLASS);
        answers = reached(List.of(DomainName.ofWire(asked)), aliases, redirections);
        additionals = reached(targets, aliases, redirections);
    }

    /** The bailiwick of a whole reply message. */
    static Bailiwick of(byte[] message) throws MalformedMessageException {
        return new Bailiwick(message);
    }

    private static DomainName owner(MessageReader reader) throws MalformedMessageException {
        return DomainName.ofWire(reader.owner());
    }

    private static Set<DomainName> reached(
            List<DomainName> start, Map<DomainName, List<DomainName>> aliases, List<DomainName> redirections) {
        Set<DomainName> reached = new HashSet<>();
        Deque<DomainName> next = new ArrayDeque<>(start);
        while (!next.isEmpty()) {
            DomainName name = next.remove();
            if (reached.add(name)) {
                next.addAll(aliases.getOrDefault(name, List.of()));
                // A DNAME record stands above the name it redirects; the alias that follows from it is there, too (RFC
                // 6672).
                redirections.stream().filter(above -> above.isSuffixOf(name)).forEach(reached::add);
            }
        }
        return reached;
    }

    /** Whether {@code owner} may have records in the answer section. */
    boolean holdsAnswer(DomainName owner) {
        return answers.contains(owner);
    }

    /** Whether {@code owner} may have records in the additional section. */
    boolean holdsAdditional(DomainName owner) {
        return answers.contains(owner) || additionals.contains(owner);
    }

    /** Whether {@code message} can be read, and every record of its answer section follows from the question. */
    public static boolean holdsAnswersOf(byte[] message) {
        try {
            Bailiwick bailiwick = new Bailiwick(message);
            MessageReader reader = new MessageReader(message);
            while (reader.next() && reader.section() == MessageReader.Section.ANSWER) {
                if (!bailiwick.holdsAnswer(owner(reader))) {
                    return false;
                }
            }
            return true;
        } catch (MalformedMessageException malformed) {
            return false;
        }
    }
}
