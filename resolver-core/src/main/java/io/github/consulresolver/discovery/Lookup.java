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
                .thenCompose(answers -> complete(name, SrvRecord.of(answers)));
    }

    private CompletableFuture<AnswerSet> answer(Question question) {
        CachedAnswer cached = cache.get(question);
        return cached != null && cached.isFresh(clock.getAsLong())
                ? CompletableFuture.completedFuture(cached.answers())
                : resolver.resolve(question).thenApply(CachedAnswer::answers);
    }

    private CompletableFuture<Endpoints> complete(ServiceName name, List<SrvRecord> records) {
        Map<String, CompletableFuture<Optional<InetAddress>>> addresses = new HashMap<>();
        for (SrvRecord record : records) {
            addresses.computeIfAbsent(
                    record.host(),
                    host -> record.glue().isPresent()
                            ? CompletableFuture.completedFuture(record.glue())
                            : address(host));
        }
        return CompletableFuture.allOf(addresses.values().toArray(CompletableFuture[]::new))
                .handle((done, failure) -> {
                    Endpoints endpoints = endpoints(name, records, addresses);
                    if (failure != null && endpoints.isEmpty()) {
                        throw new CompletionException(failure);
                    }
                    return endpoints;
                });
    }

    private CompletableFuture<Optional<InetAddress>> address(String host) {
        return answer(Question.of(host, Addresses.TYPE_A))
                .thenApply(answers -> Addresses.first(host, answers))
                .thenCompose(address -> address.isPresent()
                        ? CompletableFuture.completedFuture(address)
                        : answer(Question.of(host, Addresses.TYPE_AAAA))
                                .thenApply(answers -> Addresses.first(host, answers)));
    }

    private static Endpoints endpoints(
            ServiceName name,
            List<SrvRecord> records,
            Map<String, CompletableFuture<Optional<InetAddress>>> addresses) {
        List<ServiceInstance> instances = new ArrayList<>(records.size());
        for (SrvRecord record : records) {
            CompletableFuture<Optional<InetAddress>> address = addresses.get(record.host());
            if (address != null && !address.isCompletedExceptionally()) {
                address.join().ifPresent(found -> instances.add(new ServiceInstance(name.service(), found, record)));
            }
        }
        return new Endpoints(name, instances);
    }
}
