package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Timer;
import io.github.consulresolver.zone.VirtualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An agent that knows what a test says, in the time of that test. */
final class ScriptedNetwork implements Network {
    private final VirtualTime time = new VirtualTime();
    private final List<Question> asked = new ArrayList<>();
    private List<Record> zone = List.of();
    private boolean down;
    boolean closed;

    /** From now on the agent knows these records, in the form of a zone file. */
    void knows(String zoneFile) {
        zone = new ArrayList<>();
        try (Master master = new Master(new ByteArrayInputStream(zoneFile.getBytes(StandardCharsets.UTF_8)))) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                zone.add(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void goes() {
        down = true;
    }

    void comesBack() {
        down = false;
    }

    /** The types and names it was asked for. */
    List<Question> asked() {
        return asked;
    }

    void pass(Duration duration) {
        time.pass(duration);
    }

    @Override
    public Upstream agents() {
        return question -> {
            asked.add(question);
            return down
                    ? CompletableFuture.failedFuture(
                            new UpstreamException(Reason.UNREACHABLE, "127.0.0.1:8600: nothing listens there"))
                    : CompletableFuture.completedFuture(answer(question));
        };
    }

    private byte[] answer(Question question) {
        Name name = Name.fromConstantString(question.name());
        Message message = Message.newQuery(Record.newRecord(name, question.type(), DClass.IN));
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setFlag(Flags.AA);
        for (Record record : zone) {
            if (record.getName().equals(name) && record.getType() == question.type()) {
                message.addRecord(record, Section.ANSWER);
                if (record instanceof SRVRecord srv) {
                    zone.stream()
                            .filter(glue -> glue.getName().equals(srv.getTarget()) && glue.getType() == Type.A)
                            .filter(glue -> !message.findRecord(glue))
                            .forEach(glue -> message.addRecord(glue, Section.ADDITIONAL));
                }
            }
        }
        if (zone.stream().noneMatch(record -> record.getName().equals(name))) {
            message.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        return message.toWire();
    }

    @Override
    public Timer timer() {
        return time;
    }

    @Override
    public long now() {
        return time.getAsLong();
    }

    @Override
    public boolean isOwnThread() {
        return false;
    }

    @Override
    public void close() {
        closed = true;
    }
}
