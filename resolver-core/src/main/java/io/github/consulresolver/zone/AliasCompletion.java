package io.github.consulresolver.zone;

import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Completes answers at the border between zones, where each upstream knows its own side only.
 *
 * <p>A service may be registered with a host name of elsewhere. The agent then answers with a bare CNAME (or, if it has recursors of its
 * own, with an IPv4 address behind it, whatever was asked), and with an SRV target without an address; a stub resolver follows neither. And a
 * name elsewhere may be an alias of a name under Consul, of which recursors say that it does not exist.
 *
 * <p>So where a chain of aliases leaves its zone, and does not end in what was asked for, the other zone is asked for the rest. What it says
 * is the answer, its response code included; the aliases stand before it. SRV targets elsewhere get their addresses into the additional
 * section; one that has none, or none that can be found now, stays as it was.
 */
final class AliasCompletion {
    /** SRV targets that are looked up for one answer, each for two types. */
    private static final int MOST_TARGETS = 8;

    /** Asks another zone. */
    interface Neighbour {
        /** The whole reply, itself completed. */
        CompletableFuture<byte[]> ask(Question question);
    }

    private final Zones zones;

    AliasCompletion(Zones zones) {
        this.zones = zones;
    }

    /** The answer to {@code question}: {@code message} as it is, but for those few that end at a border. */
    CompletableFuture<byte[]> complete(Question question, byte[] message, Neighbour neighbour) {
        if (question.type() == Type.CNAME) {
            // The alias is what was asked for (RFC 1034 section 3.6.2).
            return CompletableFuture.completedFuture(message);
        }
        try {
            if (!leavesZone(question, message)) {
                return CompletableFuture.completedFuture(message);
            }
        } catch (MalformedMessageException malformed) {
            return CompletableFuture.failedFuture(
                    new UpstreamException(Reason.MISMATCHED, String.valueOf(malformed.getMessage())));
        }
        return question.type() == Type.SRV
                ? withTargets(question, message, neighbour)
                : withRest(question, message, neighbour);
    }

    /** Whether an alias or an SRV target lies in another zone. A look at the bytes, because in hardly any answer one does. */
    private boolean leavesZone(Question question, byte[] message) throws MalformedMessageException {
        Zone home = zones.of(question);
        MessageReader reader = new MessageReader(message);
        while (reader.next() && reader.section() == MessageReader.Section.ANSWER) {
            boolean alias = reader.type() == Type.CNAME;
            if (alias || reader.type() == Type.SRV) {
                byte[] rdata = reader.rdata();
                int name = alias ? 0 : 6;
                if (!zones.of(ByteBuffer.wrap(rdata), name, rdata.length - name).isAtHomeWith(home)) {
                    return true;
                }
            }
        }
        return false;
    }

    private CompletableFuture<byte[]> withRest(Question question, byte[] bytes, Neighbour neighbour) {
        Message message = read(bytes);
        List<Record> aliases = aliasesToBorder(zones.of(question), message);
        if (aliases.isEmpty()) {
            return CompletableFuture.completedFuture(bytes);
        }
        Name target = ((CNAMERecord) aliases.get(aliases.size() - 1)).getTarget();
        if (endsInType(question.type(), target, message)) {
            return CompletableFuture.completedFuture(bytes);
        }
        return neighbour
                .ask(Question.of(target.toString(), question.type(), question.flags()))
                .thenApply(rest -> joined(message, aliases, read(rest)))
                .exceptionallyCompose(failure -> nobodyToAsk(failure)
                        ? CompletableFuture.completedFuture(bytes)
                        : CompletableFuture.failedFuture(failure));
    }

    /** Without recursors an alias is all there is to say, as an agent does; other failures may pass. */
    private static boolean nobodyToAsk(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof UpstreamException upstream && upstream.reason() == Reason.NO_UPSTREAM;
    }

    /** The aliases from the question's name to the first that points out of {@code home}; empty when none does. */
    private List<Record> aliasesToBorder(Zone home, Message message) {
        List<Record> aliases = new ArrayList<>();
        Name name = message.getQuestion().getName();
        CNAMERecord alias;
        while ((alias = alias(name, message)) != null && !aliases.contains(alias)) {
            aliases.add(alias);
            name = alias.getTarget();
            if (!zones.of(Question.of(name.toString(), Type.A)).isAtHomeWith(home)) {
                return aliases;
            }
        }
        return List.of();
    }

    /** Whether the message follows the aliases from {@code start} on to records of {@code type}. */
    private static boolean endsInType(int type, Name start, Message message) {
        Set<Name> seen = new LinkedHashSet<>();
        Name name = start;
        while (seen.add(name)) {
            for (Record record : message.getSection(Section.ANSWER)) {
                if (record.getName().equals(name) && record.getType() == type) {
                    return true;
                }
            }
            CNAMERecord alias = alias(name, message);
            if (alias == null) {
                return false;
            }
            name = alias.getTarget();
        }
        return false;
    }

    private static @Nullable CNAMERecord alias(Name name, Message message) {
        for (Record record : message.getSection(Section.ANSWER)) {
            if (record instanceof CNAMERecord alias && alias.getName().equals(name)) {
                return alias;
            }
        }
        return null;
    }

    /** The aliases of {@code message}, and everything that {@code rest} says of their target. */
    private static byte[] joined(Message message, List<Record> aliases, Message rest) {
        Message joined = new Message(message.getHeader().getID());
        joined.getHeader().setFlag(Flags.QR);
        if (message.getHeader().getFlag(Flags.AA)) {
            joined.getHeader().setFlag(Flags.AA);
        }
        joined.getHeader().setRcode(rest.getHeader().getRcode());
        joined.addRecord(message.getQuestion(), Section.QUESTION);
        aliases.forEach(alias -> joined.addRecord(alias, Section.ANSWER));
        rest.getSection(Section.ANSWER).forEach(record -> joined.addRecord(record, Section.ANSWER));
        rest.getSection(Section.AUTHORITY).forEach(record -> joined.addRecord(record, Section.AUTHORITY));
        return joined.toWire(0xffff);
    }

    private CompletableFuture<byte[]> withTargets(Question question, byte[] bytes, Neighbour neighbour) {
        Message message = read(bytes);
        Zone home = zones.of(question);
        List<CompletableFuture<byte[]>> found = new ArrayList<>();
        Set<Name> targets = new LinkedHashSet<>();
        for (Record record : message.getSection(Section.ANSWER)) {
            if (record instanceof SRVRecord srv
                    && targets.size() < MOST_TARGETS
                    && !zones.of(Question.of(srv.getTarget().toString(), Type.A))
                            .isAtHomeWith(home)
                    && isUnknown(srv.getTarget(), message)
                    && targets.add(srv.getTarget())) {
                for (int type : new int[] {Type.A, Type.AAAA}) {
                    found.add(neighbour.ask(Question.of(srv.getTarget().toString(), type, question.flags())));
                }
            }
        }
        if (found.isEmpty()) {
            return CompletableFuture.completedFuture(bytes);
        }
        return CompletableFuture.allOf(found.toArray(CompletableFuture[]::new)).handle((done, someFailed) -> {
            Set<Record> addresses = new LinkedHashSet<>();
            for (CompletableFuture<byte[]> each : found) {
                if (!each.isCompletedExceptionally()) {
                    addresses.addAll(answers(each.join()));
                }
            }
            addresses.forEach(address -> message.addRecord(address, Section.ADDITIONAL));
            // It is kept, not sent: it may be larger than any message.
            return message.toWire();
        });
    }

    private static boolean isUnknown(Name target, Message message) {
        return message.getSection(Section.ADDITIONAL).stream()
                .noneMatch(record -> record.getName().equals(target));
    }

    /** None where they cannot be read: the target then stays as it was. */
    private static List<Record> answers(byte[] message) {
        try {
            return new Message(message).getSection(Section.ANSWER);
        } catch (IOException malformed) {
            return List.of();
        }
    }

    /** dnsjava reads the data of more types than we do, so it may find a record malformed that we pass on as it is. */
    private static Message read(byte[] message) {
        try {
            return new Message(message);
        } catch (IOException malformed) {
            throw new CompletionException(
                    new UpstreamException(Reason.MISMATCHED, String.valueOf(malformed.getMessage())));
        }
    }
}
