package io.github.consulresolver.devagent;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** From the bytes of a query to the bytes of its reply, with the manners of Consul's DNS server. */
final class DnsResponder {
    private static final int CLASSIC_SIZE = 512;

    private final Answers answers;

    DnsResponder(Answers answers) {
        this.answers = answers;
    }

    /** The reply for a client on UDP; empty where silence is the answer. */
    Optional<byte[]> udp(byte[] query) {
        return answer(query, false);
    }

    /** The reply for a client on TCP, without the length before it; empty where silence is the answer. */
    Optional<byte[]> tcp(byte[] query) {
        return answer(query, true);
    }

    private Optional<byte[]> answer(byte[] query, boolean tcp) {
        if (query.length < Header.LENGTH) {
            return Optional.empty();
        }
        Header header;
        Message message;
        try {
            header = new Header(query);
            if (header.getFlag(Flags.QR)) {
                return Optional.empty();
            }
            if (header.getOpcode() != Opcode.QUERY && header.getOpcode() != Opcode.NOTIFY) {
                return Optional.of(bare(query, header.getOpcode(), Rcode.NOTIMP));
            }
            if (header.getCount(Section.QUESTION) != 1
                    || header.getCount(Section.ANSWER) > 1
                    || header.getCount(Section.AUTHORITY) > 1
                    || header.getCount(Section.ADDITIONAL) > 2) {
                return Optional.of(bare(query, Opcode.QUERY, Rcode.FORMERR));
            }
            message = new Message(query);
        } catch (IOException | RuntimeException malformed) {
            // dnsjava reports some malformed records as unchecked exceptions.
            return Optional.of(bare(query, Opcode.QUERY, Rcode.FORMERR));
        }
        Record question = message.getQuestion();
        if (question == null) {
            return Optional.of(bare(query, Opcode.QUERY, Rcode.FORMERR));
        }
        try {
            return Optional.of(answer(message, question, tcp));
        } catch (RuntimeException unspeakable) {
            // Something was registered that DNS cannot say; the other names are still to be answered.
            return Optional.of(bare(query, header.getOpcode(), Rcode.SERVFAIL));
        }
    }

    private byte[] answer(Message query, Record question, boolean tcp) {
        int type = question.getType();
        Optional<OPTRecord> opt = Optional.ofNullable(query.getOPT());
        if (!answers.covers(question.getName())) {
            return write(query, question, Sections.failure(Rcode.REFUSED), false, Optional.empty());
        }
        Fitting fitting = new Fitting((sections, withOpt) ->
                write(query, question, sections, true, opt.filter(o -> withOpt).map(DnsResponder::echo)));
        Sections whole = answers.answer(question.getName(), type);
        return tcp
                ? fitting.tcp(whole, type)
                : fitting.udp(whole, opt.map(OPTRecord::getPayloadSize).orElse(CLASSIC_SIZE));
    }

    private static byte[] write(
            Message query, Record question, Sections sections, boolean authoritative, Optional<OPTRecord> opt) {
        Header asked = query.getHeader();
        Message reply = new Message(asked.getID());
        Header header = reply.getHeader();
        header.setOpcode(asked.getOpcode());
        header.setFlag(Flags.QR);
        if (authoritative) {
            header.setFlag(Flags.AA);
        }
        if (asked.getOpcode() == Opcode.QUERY) {
            copy(Flags.RD, asked, header);
            copy(Flags.CD, asked, header);
        }
        header.setRcode(sections.rcode());
        reply.addRecord(question, Section.QUESTION);
        sections.answer().forEach(record -> reply.addRecord(record, Section.ANSWER));
        sections.authority().forEach(record -> reply.addRecord(record, Section.AUTHORITY));
        sections.additional().forEach(record -> reply.addRecord(record, Section.ADDITIONAL));
        opt.ifPresent(record -> reply.addRecord(record, Section.ADDITIONAL));
        return reply.toWire();
    }

    private static void copy(int flag, Header from, Header to) {
        if (from.getFlag(flag)) {
            to.setFlag(flag);
        }
    }

    /** The client's own size, version 0, and its subnet (RFC 7871) with scope 0: the answer is the same for all. */
    private static OPTRecord echo(OPTRecord asked) {
        List<EDNSOption> options = new ArrayList<>();
        for (EDNSOption option : asked.getOptions(EDNSOption.Code.CLIENT_SUBNET)) {
            if (option instanceof ClientSubnetOption subnet) {
                InetAddress address = subnet.getAddress();
                options.add(new ClientSubnetOption(subnet.getSourcePrefixLength(), 0, address));
            }
        }
        return new OPTRecord(asked.getPayloadSize(), 0, 0, 0, options);
    }

    /** A header alone, for a message of which no more can be understood. */
    private static byte[] bare(byte[] query, int opcode, int rcode) {
        byte[] reply = new byte[Header.LENGTH];
        reply[0] = query[0];
        reply[1] = query[1];
        int recursionDesired = query[2] & 0x01;
        reply[2] = (byte) (0x80 | (opcode << 3) | recursionDesired);
        reply[3] = (byte) rcode;
        return reply;
    }
}
