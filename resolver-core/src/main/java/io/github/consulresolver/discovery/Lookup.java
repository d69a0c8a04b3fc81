package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Question;
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

    /** Finds the instances; fails with what the resolver failed with. */
    CompletableFuture<Endpoints> find(ServiceName name, String dnsName) {
        return answer(Question.of(dnsName, SrvRecord.TYPE))
                .thenCompose(found -> complete(name, SrvRecord.of(found.answers()), found.isStale()));
    }

    private CompletableFuture<Found> answer(Question question) {
        CachedAnswer cached = cache.get(question);
        return cached != null && cached.isFarFromItsEnd(clock.getAsLong())
                ? CompletableFuture.completedFuture(new Found(cached.answers(), false))
                : resolver.resolve(question)
                        .thenApply(found -> new Found(found.answer().answers(), found.isStale()));
    }

    private record Found(AnswerSet answers, boolean isStale) {}

    private record Address(Optional<InetAddress> address, boolean isStale) {}

    private CompletableFuture<Endpoints> complete(ServiceName name, List<SrvRecord> records, boolean stale) {
        Map<String, CompletableFuture<Address>> addresses = new HashMap<>();
        for (SrvRecord record : records) {
            addresses.computeIfAbsent(
                    record.host(),
                    host -> record.glue().isPresent()
                            ? CompletableFuture.completedFuture(new Address(record.glue(), stale))
                            : address(host));
        }
        return CompletableFuture.allOf(addresses.values().toArray(CompletableFuture[]::new))
                .handle((done, failure) -> {
                    Endpoints endpoints = endpoints(name, records, addresses, stale);
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
                .thenApply(found -> new Address(Addresses.first(host, found.answers()), found.isStale()));
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
