package io.github.consulresolver.server.differential;

import static io.github.consulresolver.server.differential.Aspect.*;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The differences on purpose, each with its reason in {@code docs/compatibility.md} under its {@link #id}. Those of the first part
 * show wherever they apply; a line of a table names those of the second part, and only there they are excused.
 */
@SuppressWarnings("ImmutableEnumChecker") // Functions without state, and sets that nobody changes.
enum Difference {
    RA(true, message -> message.getHeader().getFlag(Flags.RA), RECURSION_AVAILABLE),
    UDP_SIZE(true, OPT_SIZE),
    OPT_ALWAYS(true, Aspect.OPT_KEPT),
    LETTERS(true, Aspect.LETTERS),
    MORE_FIT(true, ANSWER_MORE),
    DO_ECHOED(true, OPT_FLAGS),
    EXTENDED_ERRORS(true, EXTENDED_ERROR),

    CLASS(
            false,
            message -> message.getRcode() == Rcode.REFUSED && isEmpty(message),
            Aspect.RCODE,
            AUTHORITATIVE,
            HEADER,
            ANSWER_MISSING,
            AUTHORITY_MISSING,
            ADDITIONAL_MISSING),
    OPCODE(
            false,
            message -> message.getRcode() == Rcode.NOTIMP && isEmpty(message),
            Aspect.RCODE,
            AUTHORITATIVE,
            HEADER,
            ANSWER_MISSING,
            AUTHORITY_MISSING,
            ADDITIONAL_MISSING),
    TRANSFER(
            false,
            message -> message.getRcode() == Rcode.NOTIMP && isEmpty(message),
            Aspect.RCODE,
            AUTHORITATIVE,
            AUTHORITY_MISSING),
    EDNS_VERSION(
            false,
            message -> message.getRcode() == Rcode.BADVERS && isEmpty(message),
            Aspect.RCODE,
            AUTHORITATIVE,
            ANSWER_MISSING),
    DS(
            false,
            message -> message.getRcode() == Rcode.NOERROR
                    && message.getSection(Section.ANSWER).isEmpty()
                    && message.getSection(Section.AUTHORITY).stream().anyMatch(SOARecord.class::isInstance),
            Aspect.RCODE,
            AUTHORITATIVE,
            ANSWER_MISSING,
            AUTHORITY_MISSING,
            AUTHORITY_EXTRA,
            ADDITIONAL_MISSING),
    RECURSORS(
            false,
            message -> !message.getHeader().getFlag(Flags.AA),
            Aspect.RCODE,
            ANSWER_EXTRA,
            AUTHORITY_MISSING,
            AUTHORITY_EXTRA,
            ADDITIONAL_EXTRA,
            AUTHORITATIVE),
    NO_RECURSORS(false, message -> message.getRcode() == Rcode.SERVFAIL && isEmpty(message), Aspect.RCODE),
    ALIAS_COMPLETION(
            false,
            message -> message.getSection(Section.ANSWER).stream()
                    .anyMatch(record -> record.getType() == Type.CNAME || record.getType() == Type.SRV),
            Aspect.RCODE,
            AUTHORITATIVE,
            ANSWER_EXTRA,
            ANSWER_FEWER,
            AUTHORITY_EXTRA,
            ADDITIONAL_EXTRA,
            TTL),
    FEW_WITHOUT_EDNS(false, ANSWER_FEWER, TRUNCATED),
    SOA_OWNER(false, AUTHORITY_EXTRA, AUTHORITY_MISSING),
    GLUE_LAST(false, ADDITIONAL_MISSING);

    private final boolean everywhere;
    private final Predicate<Message> ours;
    private final Set<Aspect> aspects;

    Difference(boolean everywhere, Aspect... aspects) {
        this(everywhere, message -> true, aspects);
    }

    /**
     * @param everywhere whether it needs no naming
     * @param ours what our answer is where we differ
     * @param aspects in what it shows
     */
    Difference(boolean everywhere, Predicate<Message> ours, Aspect... aspects) {
        this.everywhere = everywhere;
        this.ours = ours;
        this.aspects = EnumSet.copyOf(Arrays.asList(aspects));
    }

    static Difference of(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean isEverywhere() {
        return everywhere;
    }

    boolean excuses(Finding finding, Message answer) {
        return aspects.contains(finding.aspect()) && ours.test(answer);
    }

    private static boolean isEmpty(Message message) {
        return message.getSection(Section.ANSWER).isEmpty()
                && message.getSection(Section.AUTHORITY).isEmpty();
    }
}
