package io.github.consulresolver.devagent;

import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/** A reply before it has been fitted to a client. */
record Sections(int rcode, List<Record> answer, List<Record> authority, List<Record> additional) {
    static Sections found(List<Record> answer, List<Record> additional) {
        return new Sections(Rcode.NOERROR, answer, List.of(), additional);
    }

    static Sections negative(int rcode, Record soa) {
        return new Sections(rcode, List.of(), List.of(soa), List.of());
    }

    static Sections failure(int rcode) {
        return new Sections(rcode, List.of(), List.of(), List.of());
    }

    Sections withAnswer(List<Record> newAnswer, List<Record> newAdditional) {
        return new Sections(rcode, newAnswer, authority, newAdditional);
    }

    Sections withAuthority(Record added) {
        List<Record> all = Stream.concat(Stream.of(added), authority.stream()).toList();
        return new Sections(rcode, answer, all, additional);
    }

    Sections withoutAuthority() {
        return new Sections(rcode, answer, List.of(), additional);
    }
}
