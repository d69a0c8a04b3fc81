package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gets all addresses of a service from an agent that gives no more than its {@code a_record_limit} of them, whatever the transport.
 *
 * <p>SRV answers have no such limit. So where an answer has as many addresses as the limit allows, the SRV records of the same name are
 * asked for, too; the addresses of their targets, with their TTLs, and those of the first answer are the set. If that is not certain to be all
 * of it, it is marked as cut (TC).
 */
final class WholeService implements Upstream {
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_SRV = 33;
    private static final int TYPE_ANY = 255;

    private final DomainName suffix;
    private final ConsulSettings settings;
    private final Upstream agent;

    WholeService(DomainName suffix, ConsulSettings settings, Upstream agent) {
        this.suffix = suffix;
        this.settings = settings;
        this.agent = agent;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        int limit = settings.aRecordLimit().getAsInt();
        if (limit == 0 || !isLimited(question)) {
            return agent.ask(question);
        }
        return agent.ask(question)
                .thenCompose(direct -> mayBeCut(question, direct, limit)
                        ? agent.ask(Question.of(question.name(), TYPE_SRV, question.flags()))
                                .handle((services, failure) -> whole(question, direct, services))
                        : CompletableFuture.completedFuture(direct));
    }

    private boolean isLimited(Question question) {
        return switch (question.type()) {
            case TYPE_A, TYPE_AAAA, TYPE_ANY -> ConsulName.of(question, suffix).isOfInstances();
            default -> false;
        };
    }

    private boolean mayBeCut(Question question, byte[] direct, int limit) {
        try {
            return addresses(question).addAnswers(direct) >= limit;
        } catch (MalformedMessageException impossible) {
            throw unreadable(impossible);
        }
    }

    /** @param services the answer with SRV records; null when there was none */
    private byte[] whole(Question question, byte[] direct, byte @Nullable [] services) {
        try {
            InstanceAddresses all = addresses(question);
            // In the order of the SRV records: a prepared query's may mean distance.
            boolean complete = services != null && all.addTargets(services);
            all.addAnswers(direct);
            return all.inPlaceOfAnswers(direct, complete);
        } catch (MalformedMessageException impossible) {
            throw unreadable(impossible);
        }
    }

    private InstanceAddresses addresses(Question question) {
        Set<Integer> types = question.type() == TYPE_ANY ? Set.of(TYPE_A, TYPE_AAAA) : Set.of(question.type());
        return new InstanceAddresses(types, List.of(suffix, settings.home()));
    }

    private static IllegalStateException unreadable(MalformedMessageException impossible) {
        return new IllegalStateException("a reply that was checked cannot be read", impossible);
    }
}
