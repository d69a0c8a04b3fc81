package io.github.consulresolver.server;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A server that watches a real agent, and what its answers come to be. */
abstract class CoherentNames {
    final ConsulAgent agent;
    final CountingProxy dns;
    final TestServer server;

    CoherentNames(ConsulAgent agent) throws Exception {
        this.agent = agent;
        dns = CountingProxy.inFrontOf(agent.dnsAddress());
        URI api = URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
        server = TestServer.start(
                dns.address(),
                config -> config.consulHttp(api)
                        .maxStale(Duration.ofMinutes(1))
                        .maxStaleUnreachable(Duration.ofHours(1)));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        dns.close();
    }

    final Message ask(String name, int type) {
        try {
            return server.ask(Protocol.TCP, name, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final Set<String> answers(String name, int type) {
        return ask(name, type).getSection(Section.ANSWER).stream()
                .map(record -> record.rdataToString().replace("\"", ""))
                .collect(Collectors.toSet());
    }

    final void awaitCoherent(String name, int type) {
        Await.until(name + " " + Type.string(type) + " is coherent", () -> {
            int before = server.coherent();
            ask(name, type);
            return server.coherent() > before;
        });
    }

    final void awaitAnswers(String name, int type, String... expected) {
        Await.until(
                name + " " + Type.string(type) + " has changed",
                () -> answers(name, type).equals(Set.of(expected)));
    }

    final void awaitAbsent(String name) {
        Await.until(name + " has gone", () -> ask(name, Type.A).getRcode() == Rcode.NXDOMAIN);
    }
}
