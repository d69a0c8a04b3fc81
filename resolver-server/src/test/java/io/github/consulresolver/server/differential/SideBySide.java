package io.github.consulresolver.server.differential;

import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Two answers in two columns, section beside section, sorted. */
final class SideBySide {

    private static final int MOST_RECORDS = 12;
    private static final String[] SECTIONS = {"QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"};

    private SideBySide() {}

    static String of(String left, Message agent, String right, Message ours) {
        StringBuilder text = new StringBuilder();
        row(text, left, right);
        row(text, header(agent), header(ours));
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            List<String> agents = records(agent, section);
            List<String> mine = records(ours, section);
            if (!agents.isEmpty() || !mine.isEmpty()) {
                row(text, SECTIONS[section] + " " + agents.size(), SECTIONS[section] + " " + mine.size());
                for (int i = 0; i < Math.min(MOST_RECORDS, Math.max(agents.size(), mine.size())); i++) {
                    row(text, i < agents.size() ? agents.get(i) : "", i < mine.size() ? mine.get(i) : "");
                }
            }
        }
        return text.toString();
    }

    private static String header(Message message) {
        return Rcode.string(message.getRcode()) + ", flags "
                + message.getHeader().printFlags();
    }

    private static List<String> records(Message message, int section) {
        List<String> records = new ArrayList<>(message.getSection(section).stream()
                .map(record -> record.toString().replace('\t', ' '))
                .toList());
        records.sort(null);
        return records;
    }

    private static void row(StringBuilder text, String left, String right) {
        text.append(String.format("  %-100s | %s%n", left, right).replaceAll(" +(?=\\R)", ""));
    }
}
