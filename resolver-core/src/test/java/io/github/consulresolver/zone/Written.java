package io.github.consulresolver.zone;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Assembled;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The records of a kept answer, one a line: owner, TTL, type, data. */
final class Written {
    private Written() {}

    static List<String> answers(CachedAnswer answer, String name, int type) {
        return records(answer, name, type, Section.ANSWER);
    }

    static List<String> additionals(CachedAnswer answer, String name, int type) {
        return records(answer, name, type, Section.ADDITIONAL);
    }

    private static List<String> records(CachedAnswer answer, String name, int type, int section) {
        return message(answer, Question.of(name, type)).getSection(section).stream()
                .map(record -> record.getName() + " " + record.getTTL() + " " + Type.string(record.getType()) + " "
                        + record.rdataToString())
                .toList();
    }

    private static Message message(CachedAnswer answer, Question question) {
        try {
            return answer.answers() instanceof InstanceSet set
                    ? Assembled.of(set, question.toWire())
                    : new Message(((VerbatimAnswer) answer.answers()).message());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
