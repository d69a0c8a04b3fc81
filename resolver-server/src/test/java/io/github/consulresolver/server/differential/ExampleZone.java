package io.github.consulresolver.server.differential;

import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SetResponse;
import org.xbill.DNS.Type;
import org.xbill.DNS.Zone;

/** A recursor that knows {@code example.com} and {@code 9.in-addr.arpa}, and says NXDOMAIN of all other names. */
final class ExampleZone {

    private final List<Zone> zones;

    private ExampleZone(List<Zone> zones) {
        this.zones = zones;
    }

    static ScriptedUpstream start() {
        ExampleZone recursor = new ExampleZone(List.of(read("example.com."), read("9.in-addr.arpa.")));
        return ScriptedUpstream.answering(recursor::answer);
    }

    private static Zone read(String origin) {
        Name name = Name.fromConstantString(origin);
        try (Master master = new Master(ExampleZone.class.getResourceAsStream(origin + "zone"), name)) {
            List<Record> records = new java.util.ArrayList<>();
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
            return new Zone(name, records.toArray(Record[]::new));
        } catch (IOException e) {
            throw new UncheckedIOException(origin, e);
        }
    }

    private Message answer(Message query) {
        Message reply = new Message(query.getHeader().getID());
        Record question = query.getQuestion();
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.RA);
        for (int flag : new int[] {Flags.RD, Flags.CD}) {
            if (query.getHeader().getFlag(flag)) {
                reply.getHeader().setFlag(flag);
            }
        }
        reply.addRecord(question, Section.QUESTION);
        Zone zone = zones.stream()
                .filter(each -> question.getName().subdomain(each.getOrigin()))
                .findFirst()
                .orElse(null);
        if (zone == null) {
            reply.getHeader().setRcode(Rcode.NXDOMAIN);
        } else {
            fill(reply, zone, question.getName(), question.getType());
        }
        if (query.getOPT() != null) {
            reply.addRecord(new OPTRecord(1232, 0, 0, query.getOPT().getFlags()), Section.ADDITIONAL);
        }
        return reply;
    }

    private static void fill(Message reply, Zone zone, Name name, int type) {
        SetResponse found = zone.findRecords(name, type);
        if (found.isCNAME()) {
            reply.addRecord(found.getCNAME(), Section.ANSWER);
            Name target = found.getCNAME().getTarget();
            if (target.subdomain(zone.getOrigin())) {
                fill(reply, zone, target, type);
            }
        } else if (found.isSuccessful()) {
            for (RRset set : found.answers()) {
                set.rrs(false).forEach(record -> reply.addRecord(record, Section.ANSWER));
            }
        } else {
            reply.getHeader().setRcode(found.isNXDOMAIN() ? Rcode.NXDOMAIN : Rcode.NOERROR);
            zone.findExactMatch(zone.getOrigin(), Type.SOA)
                    .rrs()
                    .forEach(record -> reply.addRecord(record, Section.AUTHORITY));
        }
    }
}
