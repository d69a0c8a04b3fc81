package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.consulresolver.consul.Consul;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.ConsulTls;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTPS API of a real agent that wants to see a certificate, all of them made by Consul's own command line. */
@WithConsul
class ConsulTlsTest {
    private final ConsulTls tls;
    private final ConsulAgent agent;

    ConsulTlsTest(Consul consul, @TempDir Path directory) throws Exception {
        Optional<ConsulTls> made = ConsulTls.in(directory, consul);
        assumeTrue(made.isPresent(), "a binary is needed");
        tls = made.get();
        agent = ConsulAgent.start(consul, tls.config());
    }

    @AfterEach
    void end() {
        agent.close();
    }

    private AgentSettings settings(Optional<String> serverName, boolean showsCertificate, boolean verifies)
            throws IOException {
        AgentTrust trust = new AgentTrust(
                verifies ? Optional.of(tls.authority()) : Optional.empty(),
                showsCertificate
                        ? Optional.of(new ClientCertificate(tls.clientCertificate(), tls.clientKey()))
                        : Optional.empty(),
                serverName,
                verifies);
        LongPolls polls = new LongPolls(URI.create("https://127.0.0.1:" + tls.port()), AgentToken.NONE, trust);
        polls.start();
        try (polls) {
            return new AgentHttp(polls).settings();
        }
    }

    @Test
    void who_shows_a_certificate_of_its_authority_is_answered() throws IOException {
        assertThat(settings(Optional.empty(), true, true).datacenter()).contains("dc1");
    }

    @Test
    void who_shows_none_is_told_which_setting_is_missing() {
        assertThatThrownBy(() -> settings(Optional.empty(), false, true)).hasMessageContaining("CONSUL_CLIENT_CERT");
    }

    @Test
    void its_certificate_may_be_for_another_name_than_the_address() throws IOException {
        assertThat(settings(Optional.of("server.dc1.consul"), true, true).datacenter())
                .contains("dc1");
    }

    @Test
    void a_certificate_for_another_name_is_refused() {
        assertThatThrownBy(() -> settings(Optional.of("server.dc2.consul"), true, true))
                .hasMessageContaining("server.dc2.consul");
    }

    @Test
    void who_does_not_look_at_its_certificate_is_answered_whatever_it_is() throws IOException {
        assertThat(settings(Optional.of("server.dc2.consul"), true, false).datacenter())
                .contains("dc1");
    }
}
