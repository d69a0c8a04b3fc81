package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.devagent.junit.FakeAgent;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.Message;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.hosts.HostsFileParser;

/** The application has names of its own to resolve, with the JDK and with dnsjava. */
class DnsjavaNeighbourTest {
    @RegisterExtension
    static final FakeAgent CONSUL = FakeAgent.start();

    private final Resolver before = Lookup.getDefaultResolver();
    private final HostsFileParser hosts = Lookup.getDefaultHostsFileParser();
    private final Application application = new Application();

    DnsjavaNeighbourTest() {
        Lookup.setDefaultResolver(application);
    }

    @AfterEach
    void restore() {
        Lookup.setDefaultResolver(before);
        Lookup.setDefaultHostsFileParser(hosts);
    }

    /** What the application has set, and counts. */
    private static final class Application implements Resolver {
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public CompletionStage<Message> sendAsync(Message query) {
            asked.incrementAndGet();
            return new CompletableFuture<>();
        }

        @Override
        public CompletionStage<Message> sendAsync(Message query, Executor executor) {
            return sendAsync(query);
        }

        @Override
        public void setPort(int port) {}

        @Override
        public void setTCP(boolean flag) {}

        @Override
        public void setIgnoreTruncation(boolean flag) {}

        @Override
        public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {}

        @Override
        public void setTSIGKey(TSIG key) {}

        @Override
        public void setTimeout(Duration timeout) {}
    }

    @Test
    void what_the_application_has_set_for_its_own_use_of_dnsjava_stays_and_is_not_used() {
        CONSUL.register("orders", "10.0.0.1", 1);
        try (ServiceResolver resolver =
                ServiceResolver.builder().agents(CONSUL.dns()).build()) {
            assertThat(resolver.resolve("orders").instances()).hasSize(1);
        }

        assertThat(Lookup.getDefaultResolver()).isSameAs(application);
        assertThat(application.asked).hasValue(0);
    }

    @Test
    void the_names_of_the_jdk_are_not_resolved_by_dnsjava() throws Exception {
        // Without it dnsjava would know this name itself. The JDK remembers names as they are written.
        Lookup.setDefaultHostsFileParser(null);

        assertThat(InetAddress.getAllByName("lOcAlHoSt")).allMatch(InetAddress::isLoopbackAddress);

        assertThat(application.asked).hasValue(0);
    }
}
