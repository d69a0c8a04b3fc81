package io.github.consulresolver.devagent;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/**
 * Cuts a reply to what an agent sends: silently, without the TC bit, as Consul does unless {@code enable_truncate} is
 * set.
 */
final class Fitting {
    private static final int CLASSIC_SIZE = 512;
    private static final int RESERVE = 8;
    private static final int LARGEST_UDP = 65_467;
    private static final int LARGEST_TCP = 65_523;
    private static final int MOST_TCP = 4096;
    private static final int MOST_TCP_SRV = 1024;

    /** Writes a reply that has these sections, with the OPT record or without. */
    @FunctionalInterface
    interface Writer {
        byte[] write(Sections sections, boolean opt);
    }

    private final Writer writer;

    Fitting(Writer writer) {
        this.writer = writer;
    }

    /** For a client on UDP that takes so many bytes, 512 if it did not say. */
    byte[] udp(Sections whole, int clientSize) {
        int most = clientSize <= CLASSIC_SIZE ? Settings.UDP_ANSWER_LIMIT : Integer.MAX_VALUE;
        return fit(whole, most, Math.min(Math.max(clientSize, CLASSIC_SIZE) - RESERVE, LARGEST_UDP));
    }

    byte[] tcp(Sections whole, int type) {
        return fit(whole, type == Type.SRV ? MOST_TCP_SRV : MOST_TCP, LARGEST_TCP);
    }

    private byte[] fit(Sections whole, int mostAnswers, int mostBytes) {
        byte[] wire = cut(whole, mostAnswers);
        if (wire.length <= mostBytes || whole.answer().isEmpty()) {
            return wire;
        }
        Sections rest = whole.withoutAuthority();
        int fits = 1;
        int tooMany = Math.min(rest.answer().size(), mostAnswers) + 1;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) >>> 1;
            if (cut(rest, middle).length <= mostBytes) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return cut(rest, fits);
    }

    /**
     * A reply of which answers were cut has lost its OPT, and keeps only the additional records that its answers name.
     */
    private byte[] cut(Sections whole, int answers) {
        if (answers >= whole.answer().size()) {
            return writer.write(whole, true);
        }
        List<Record> answer = whole.answer().subList(0, answers);
        return writer.write(whole.withAnswer(answer, named(answer, whole.additional())), false);
    }

    private static List<Record> named(List<Record> answer, List<Record> additional) {
        Set<Name> names = new HashSet<>();
        for (Record record : answer) {
            if (record instanceof SRVRecord srv) {
                names.add(srv.getTarget());
            }
        }
        Set<Record> kept = new LinkedHashSet<>();
        for (Record record : additional) {
            if (names.contains(record.getName()) && record.getType() != Type.TXT) {
                kept.add(record);
                if (record instanceof CNAMERecord alias) {
                    names.add(alias.getTarget());
                }
            }
        }
        return List.copyOf(kept);
    }
}
