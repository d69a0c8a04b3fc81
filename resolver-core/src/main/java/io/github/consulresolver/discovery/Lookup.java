package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.discovery.Endpoints.Source;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.Resolution;
import io.github.consulresolver.zone.Resolver;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * From a name to instances: one question for SRV records, whose addresses come along. Where an address does not, its host is asked for, once
 * however many instances it has.
 *
 * <p>A host that has no address leaves its instances out, and so does one whose address cannot be found out while others can: one bad
 * registration must not take the service away.
 */
final class Lookup {
    private final AnswerCache cache;
    private final Resolver resolver;
    private final LongSupplier clock;

    Lookup(AnswerCache cache, Resolver resolver, LongSupplier clock) {
        this.cache = cache;
        this.resolver = resolver;
        this.clock = clock;
    }

    /** What is known, and has been read already; null when there is more to do. */
    @Nullable
    Endpoints known(Wanted wanted) {
        CachedAnswer cached = cache.get(wanted.question());
        if (cached == null) {
            return null;
        }
        long now = clock.getAsLong();
        boolean coherent = cached.isCoherent(now);
        if (!coherent && !cached.isFarFromItsEnd(now)) {
            return null;
        }
        cached.use();
        return wanted.of(cached, coherent ? Source.WATCH : Source.ANSWER);
    }

    /** Finds the instances; fails with what the resolver failed with. */
    CompletableFuture<Endpoints> find(Wanted wanted) {
        return answer(wanted.question()).thenCompose(found -> read(wanted, found.answer(), found.isStale()));
    }

    /** The same for somebody who does not wait: what is kept is had anew before its time is over, however seldom anybody asks. */
    CompletableFuture<Endpoints> findAhead(Wanted wanted) {
        CachedAnswer cached = cache.get(wanted.question());
        long now = clock.getAsLong();
        if (cached != null && cached.isFresh(now) && !cached.isFarFromItsEnd(now) && cached.failure() == null) {
            resolver.prefetch(wanted.question());
        }
        verify(wanted);
        return find(wanted);
    }

    /** Has it seen to that what is known is true, where somebody can know. Returns at once. */
    void verify(Wanted wanted) {
        CachedAnswer cached = cache.get(wanted.question());
        if (cached == null || !cached.isCoherent(clock.getAsLong())) {
            resolver.verify(wanted.question());
        }
    }

    /** What {@code answer} says. */
    CompletableFuture<Endpoints> read(Wanted wanted, CachedAnswer answer, boolean stale) {
        Source source = answer.isCoherent(clock.getAsLong()) ? Source.WATCH : Source.ANSWER;
        Endpoints known = stale ? null : wanted.of(answer, source);
        return known != null
                ? CompletableFuture.completedFuture(known)
                : complete(new Reading(wanted, SrvRecord.of(answer.answers()), answer, stale, source));
    }

    /** An answer that is being read. */
    private record Reading(Wanted wanted, List<SrvRecord> records, CachedAnswer answer, boolean stale, Source source) {}

    private CompletableFuture<Resolution> answer(Question question) {
        CachedAnswer cached = cache.get(question);
        if (cached != null && cached.isFarFromItsEnd(clock.getAsLong())) {
            cached.use();
            return CompletableFuture.completedFuture(new Resolution(cached, false, null));
        }
        return resolver.resolve(question);
    }

    private record Address(Optional<InetAddress> address, boolean isStale) {}

    private CompletableFuture<Endpoints> complete(Reading reading) {
        Map<String, CompletableFuture<Address>> addresses = new HashMap<>();
        boolean whole = true;
        for (SrvRecord record : reading.records()) {
            boolean told = record.glue().isPresent();
            whole &= told;
            addresses.computeIfAbsent(
                    record.host(),
                    host -> told
                            ? CompletableFuture.completedFuture(new Address(record.glue(), reading.stale()))
                            : address(host));
        }
        if (whole) {
            Endpoints endpoints = endpoints(reading, addresses);
            if (!reading.stale()) {
                reading.wanted().read(reading.answer(), endpoints);
            }
            return CompletableFuture.completedFuture(endpoints);
        }
        return CompletableFuture.allOf(addresses.values().toArray(CompletableFuture[]::new))
                .handle((done, failure) -> {
                    Endpoints endpoints = endpoints(reading, addresses);
                    if (failure != null && endpoints.isEmpty()) {
                        throw new CompletionException(failure);
                    }
                    return endpoints;
                });
    }

    private CompletableFuture<Address> address(String host) {
        return address(host, Addresses.TYPE_A)
                .thenCompose(found -> found.address().isPresent()
                        ? CompletableFuture.completedFuture(found)
                        : address(host, Addresses.TYPE_AAAA));
    }

    private CompletableFuture<Address> address(String host, int type) {
        return answer(Question.of(host, type))
                .thenApply(found ->
                        new Address(Addresses.first(host, found.answer().answers()), found.isStale()));
    }

    private Endpoints endpoints(Reading reading, Map<String, CompletableFuture<Address>> addresses) {
        ServiceName name = reading.wanted().name();
        List<ServiceInstance> instances = new ArrayList<>(reading.records().size());
        boolean stale = reading.stale();
        for (SrvRecord record : reading.records()) {
            CompletableFuture<Address> address = addresses.get(record.host());
            if (address != null && !address.isCompletedExceptionally()) {
                Address found = address.join();
                stale |= found.isStale();
                found.address().ifPresent(known -> instances.add(new ServiceInstance(name.service(), known, record)));
            }
        }
        return new Endpoints(
                name, instances, stale, reading.source(), reading.answer().storedAt(), clock);
    }
}
