package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * Completes the sets of services that no DNS answer of an agent holds: it stops at 1,024 SRV records, or at 64 KiB.
 *
 * <p>Where an answer may not be all (TC), the instances are looked up in the catalog, and the records are made of them that the agent would
 * have made. They are taken only if everything the agent did say is among them; in all other cases its answer stays, and stays marked.
 */
final class CatalogCompletion implements Upstream {
    private final DomainName suffix;
    private final ConsulSettings settings;
    private final Upstream agent;

    CatalogCompletion(DomainName suffix, ConsulSettings settings, Upstream agent) {
        this.suffix = suffix;
        this.settings = settings;
        this.agent = agent;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return agent.ask(question).thenCompose(answer -> {
            Optional<ServiceLookup> lookup = isPartial(answer) ? lookup(question) : Optional.empty();
            return lookup.isPresent()
                    ? settings.catalog()
                            .instances(lookup.get())
                            .handle((instances, failure) -> failure == null
                                    ? whole(answer, new CatalogRecords(question.type(), instances))
                                    : answer)
                    : CompletableFuture.completedFuture(answer);
        });
    }

    private static boolean isPartial(byte[] answer) {
        return (ByteBuffer.wrap(answer).getShort(Header.FLAGS) & Header.TC) != 0;
    }

    private Optional<ServiceLookup> lookup(Question question) {
        return switch (question.type()) {
            case Type.SRV, Type.A, Type.AAAA, Type.ANY ->
                ConsulName.of(question, suffix).lookup();
            default -> Optional.empty();
        };
    }

    private byte[] whole(byte[] answer, CatalogRecords records) {
        Message partial;
        try {
            partial = new Message(answer);
        } catch (IOException malformed) {
            // dnsjava reads the data of more types than we do.
            return answer;
        }
        // Older agents name targets in their own domain, also when they were asked in their alt domain.
        return Stream.of(suffix, settings.home())
                .distinct()
                .flatMap(domain -> records.inPlaceOfAnswers(partial, domain).stream())
                .findFirst()
                .orElse(answer);
    }
}
