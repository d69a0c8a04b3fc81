package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.discovery.Endpoints.Source;
import io.github.consulresolver.dns.Question;
import org.jspecify.annotations.Nullable;

/** A name as it is asked for, and what the last answer to it says, so that it is read once however often it is given. Thread-safe. */
final class Wanted {
    private final ServiceName name;
    private final String dnsName;
    private final Question question;
    private volatile @Nullable Read last;

    private record Read(CachedAnswer answer, Endpoints endpoints) {}

    /**
     * One of which nothing is known.
     *
     * @throws IllegalArgumentException when the name is too long for DNS
     */
    Wanted(ServiceName name, Settings settings) {
        this.name = name;
        boolean isPlaced = name.datacenter().isPresent() || name.peer().isPresent() || name.kind() == NameKind.FQDN;
        ServiceName whole =
                isPlaced ? name : settings.datacenter().map(name::datacenter).orElse(name);
        dnsName = whole.toDnsName(settings.domain().toString());
        question = Question.of(dnsName, SrvRecord.TYPE);
    }

    ServiceName name() {
        return name;
    }

    String dnsName() {
        return dnsName;
    }

    Question question() {
        return question;
    }

    /** What this very answer says, known by {@code source}; null when it has not been read so yet. */
    @Nullable
    Endpoints of(CachedAnswer answer, Source source) {
        Read read = last;
        return read != null && read.answer == answer && read.endpoints.source() == source ? read.endpoints : null;
    }

    /** From now on {@code answer} says this. */
    void read(CachedAnswer answer, Endpoints endpoints) {
        last = new Read(answer, endpoints);
    }
}
