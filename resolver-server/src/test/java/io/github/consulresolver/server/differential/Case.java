package io.github.consulresolver.server.differential;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * One line of a table: {@code name TYPE +flag ~difference @where # remark}.
 *
 * @param differences the differences on purpose that show in the answer, beside those that show everywhere
 * @param line the line itself
 */
record Case(Name name, int type, Set<Flag> flags, Set<Difference> differences, String line) {

    private static final int CLASSIC = 512;

    /**
     * A line as it is asked here. {@code @1.8.7} is for that version only, {@code ~plain:id} a difference in that configuration only.
     *
     * @param here the version and the configuration
     */
    static Optional<Case> parse(String line, Set<String> here) {
        String[] words = line.replaceFirst("\\s#.*", "").trim().split("\\s+", -1);
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        Set<Difference> differences = EnumSet.noneOf(Difference.class);
        for (int i = 2; i < words.length; i++) {
            List<String> parts = List.of(words[i].substring(1).split(":", -1));
            String last = parts.get(parts.size() - 1);
            boolean applies = here.containsAll(parts.subList(0, parts.size() - 1));
            switch (words[i].charAt(0)) {
                case '+' -> flags.add(Flag.of(last));
                case '~' -> {
                    Difference difference = Difference.of(last);
                    if (applies) {
                        differences.add(difference);
                    }
                }
                case '@' -> {
                    if (!here.containsAll(parts)) {
                        return Optional.empty();
                    }
                }
                default -> throw new IllegalArgumentException(words[i] + " in: " + line);
            }
        }
        try {
            Name name = Name.fromString(words[0], Name.root);
            return Optional.of(new Case(name, type(words[1]), flags, differences, line.trim()));
        } catch (TextParseException e) {
            throw new IllegalArgumentException(line, e);
        }
    }

    private static int type(String word) {
        int type = Type.value(word, true);
        if (type < 0) {
            throw new IllegalArgumentException("no type: " + word);
        }
        return type;
    }

    boolean has(Flag flag) {
        return flags.contains(flag);
    }

    Message query(Transport transport) {
        Message query = Message.newQuery(Record.newRecord(name, type, dclass()));
        flags.forEach(flag -> flag.set(query.getHeader()));
        if (transport.ednsSize() > 0 || flags.stream().anyMatch(Flag::needsEdns)) {
            int size = transport.ednsSize() > 0 ? transport.ednsSize() : CLASSIC;
            List<EDNSOption> options = new ArrayList<>();
            flags.forEach(flag -> options.addAll(flag.options()));
            int ednsFlags = flags.stream().mapToInt(Flag::ednsFlags).sum();
            int version = flags.stream().mapToInt(Flag::ednsVersion).sum();
            query.addRecord(new OPTRecord(size, 0, version, ednsFlags, options), Section.ADDITIONAL);
        }
        return query;
    }

    private int dclass() {
        return flags.stream()
                .mapToInt(Flag::dclass)
                .filter(dclass -> dclass != DClass.IN)
                .findFirst()
                .orElse(DClass.IN);
    }

    @Override
    public String toString() {
        return line.replaceAll("\\s+", " ");
    }
}
