package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
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
        Endpoints known = cached == null ? null : wanted.of(cached);
        if (cached == null || known == null || !cached.isFarFromItsEnd(clock.getAsLong())) {
            return null;
        }
        cached.use();
        return known;
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
        return find(wanted);
    }

    /** What {@code answer} says. */
    CompletableFuture<Endpoints> read(Wanted wanted, CachedAnswer answer, boolean stale) {
        Endpoints known = stale ? null : wanted.of(answer);
        return known != null
                ? CompletableFuture.completedFuture(known)
                : complete(wanted, SrvRecord.of(answer.answers()), answer, stale);
    }

    private CompletableFuture<Resolution> answer(Question question) {
        CachedAnswer cached = cache.get(question);
        if (cached != null && cached.isFarFromItsEnd(clock.getAsLong())) {
            cached.use();
            return CompletableFuture.completedFuture(new Resolution(cached, false, null));
        }
        return resolver.resolve(question);
    }

    private record Address(Optional<InetAddress> address, boolean isStale) {}

    private CompletableFuture<Endpoints> complete(
            Wanted wanted, List<SrvRecord> records, CachedAnswer answer, boolean stale) {
        Map<String, CompletableFuture<Address>> addresses = new HashMap<>();
        boolean whole = true;
        for (SrvRecord record : records) {
            boolean told = record.glue().isPresent();
            whole &= told;
            addresses.computeIfAbsent(
                    record.host(),
                    host -> told
                            ? CompletableFuture.completedFuture(new Address(record.glue(), stale))
                            : address(host));
        }
        if (whole) {
            Endpoints endpoints = endpoints(wanted.name(), records, addresses, stale);
            if (!stale) {
                wanted.read(answer, endpoints);
            }
            return CompletableFuture.completedFuture(endpoints);
        }
        return CompletableFuture.allOf(addresses.values().toArray(CompletableFuture[]::new))
                .handle((done, failure) -> {
                    Endpoints endpoints = endpoints(wanted.name(), records, addresses, stale);
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

    private static Endpoints endpoints(
            ServiceName name,
            List<SrvRecord> records,
            Map<String, CompletableFuture<Address>> addresses,
            boolean staleRecords) {
        List<ServiceInstance> instances = new ArrayList<>(records.size());
        boolean stale = staleRecords;
        for (SrvRecord record : records) {
            CompletableFuture<Address> address = addresses.get(record.host());
            if (address != null && !address.isCompletedExceptionally()) {
                Address found = address.join();
                stale |= found.isStale();
                found.address().ifPresent(known -> instances.add(new ServiceInstance(name.service(), known, record)));
            }
        }
        return new Endpoints(name, instances, stale);
    }
}
