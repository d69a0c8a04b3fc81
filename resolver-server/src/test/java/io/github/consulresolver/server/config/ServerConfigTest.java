package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.ClientCertificate;
import io.github.consulresolver.zone.LoadPolicy;
import io.github.consulresolver.zone.StalePolicy;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServerConfigTest {

    @Test
    void the_defaults_are_those_of_the_documentation() throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of()).build();

        assertThat(config.listen()).first().isEqualTo(address("127.0.0.1:53"));
        assertThat(config.consul()).isEqualTo(address("127.0.0.1:8600"));
        assertThat(config.agentApi().orElseThrow().address()).isEqualTo(URI.create("http://127.0.0.1:8500"));
        assertThat(config.recursors()).isEmpty();
        assertThat(config.domain()).isEqualTo("consul");
        assertThat(config.admin()).contains(address("127.0.0.1:8653"));
        assertThat(config.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(config.agentApi().orElseThrow().token()).isEqualTo(AgentToken.NONE);
        assertThat(config.agentOverrides()).isEqualTo(AgentOverrides.NONE);
        assertThat(config.zones()).isEmpty();
        assertThat(config.udpSize()).isEqualTo(1232);
        assertThat(config.allow()).isEmpty();
        assertThat(config.cacheSize()).isEqualTo(32 << 20);
        assertThat(config.negativeCacheSize()).isEqualTo(4 << 20);
        assertThat(config.maxTtl()).isEqualTo(Duration.ofDays(1));
        assertThat(config.stale()).isEqualTo(new StaleSettings(StalePolicy.CONSUL, StalePolicy.RECURSORS));
        assertThat(config.load()).isEqualTo(new LoadPolicy(2_000, true));
        assertThat(config.eventLoops()).isBetween(1, 4);
        assertThat(config.tcpIdleTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.maxTcpConnections()).isEqualTo(1024);
    }

    @Test
    void a_server_that_would_ask_itself_is_refused() throws ConfigException {
        InetSocketAddress own = address("127.0.0.1:8053");

        assertThatThrownBy(() -> ServerConfig.builder(Map.of())
                        .listen(List.of(own))
                        .recursors(List.of(own))
                        .build())
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("127.0.0.1:8053 is an address this server listens on");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:8500, http://10.0.0.1:8500",
        "10.0.0.1, http://10.0.0.1:8500",
        "http://[::1]:8501/, http://[::1]:8501",
        "unix:///run/consul.sock, unix:///run/consul.sock",
        "https://127.0.0.1, https://127.0.0.1:8501",
        "'', http://127.0.0.1:8500"
    })
    void the_agents_http_address_comes_from_consuls_own_variable(String variable, URI api) throws ConfigException {
        ServerConfig config =
                ServerConfig.builder(Map.of("CONSUL_HTTP_ADDR", variable)).build();

        assertThat(config.agentApi().orElseThrow().address()).isEqualTo(api);
    }

    @Test
    void an_address_without_a_scheme_is_one_of_HTTPS_where_the_environment_says_so() throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of("CONSUL_HTTP_ADDR", "10.0.0.1", "CONSUL_HTTP_SSL", "true"))
                .build();

        assertThat(config.agentApi().orElseThrow().address()).isEqualTo(URI.create("https://10.0.0.1:8501"));
    }

    @Test
    void the_agents_http_api_can_be_left_alone() throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of("CONSUL_HTTP_ADDR", "consul.example.com"))
                .withoutConsulHttp()
                .build();

        assertThat(config.agentApi()).isEmpty();
    }

    @Test
    void the_authority_comes_from_consuls_own_variable() throws ConfigException {
        ServerConfig config =
                ServerConfig.builder(Map.of("CONSUL_CACERT", "/etc/ca.pem")).build();

        assertThat(config.agentApi().orElseThrow().trust()).isEqualTo(AgentTrust.in(Path.of("/etc/ca.pem")));
    }

    @Test
    void what_is_shown_to_the_agent_and_what_is_expected_of_it_come_from_consuls_own_variables()
            throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of(
                        "CONSUL_CLIENT_CERT", "/etc/own.pem",
                        "CONSUL_CLIENT_KEY", "/etc/own-key.pem",
                        "CONSUL_TLS_SERVER_NAME", "client.dc1.consul",
                        "CONSUL_HTTP_SSL_VERIFY", "0"))
                .build();

        assertThat(config.agentApi().orElseThrow().trust())
                .isEqualTo(new AgentTrust(
                        Optional.empty(),
                        Optional.of(new ClientCertificate(Path.of("/etc/own.pem"), Path.of("/etc/own-key.pem"))),
                        Optional.of("client.dc1.consul"),
                        false));
    }

    @Test
    void a_certificate_without_its_key_is_refused() {
        assertThatThrownBy(() -> ServerConfig.builder(Map.of("CONSUL_CLIENT_CERT", "/etc/own.pem"))
                        .build())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("needs --consul-client-key");
        assertThatThrownBy(() -> ServerConfig.builder(Map.of())
                        .consulClientKey(Path.of("/etc/own-key.pem"))
                        .build())
                .hasMessageContaining("needs --consul-client-cert");
    }

    @Test
    void whether_the_agents_certificate_is_looked_at_is_not_guessed() {
        assertThatThrownBy(() -> ServerConfig.builder(Map.of("CONSUL_HTTP_SSL_VERIFY", "maybe"))
                        .build())
                .hasMessage("CONSUL_HTTP_SSL_VERIFY: expected true or false; found \"maybe\"");
    }

    @ParameterizedTest
    @CsvSource({"unix://consul.sock", "http://127.0.0.1/path", "consul.example.com:8500"})
    void a_variable_that_cannot_be_read_is_named_with_what_overrides_it(String variable) {
        assertThatThrownBy(() -> ServerConfig.builder(Map.of("CONSUL_HTTP_ADDR", variable))
                        .build())
                .hasMessageStartingWith("CONSUL_HTTP_ADDR (--consul-http overrides it): ")
                .hasMessageEndingWith("found \"" + variable + "\"");
    }

    @Test
    void a_variable_that_is_overridden_is_not_read() throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of("CONSUL_HTTP_ADDR", "consul.example.com"))
                .consulHttp(URI.create("http://127.0.0.1:8500"))
                .build();

        assertThat(config.agentApi().orElseThrow().address()).hasPort(8500);
    }

    @Test
    void a_domain_has_one_agent_that_answers_for_it() {
        assertThatThrownBy(() -> ServerConfig.builder(Map.of())
                        .altDomains(List.of("dc2.example"))
                        .zones(List.of(Map.entry("dc2.example", List.of(address("10.0.0.1:8600")))))
                        .build())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("dc2.example stands twice")
                .hasMessageContaining("--domain, --alt-domain and --zone");
        assertThatThrownBy(() -> ServerConfig.builder(Map.of())
                        .altDomains(List.of("consul"))
                        .build())
                .hasMessageContaining("consul stands twice");
    }

    @Test
    void a_zone_whose_agent_is_this_server_is_refused() {
        assertThatThrownBy(() -> ServerConfig.builder(Map.of())
                        .listen(List.of(address("127.0.0.1:8053")))
                        .zones(List.of(Map.entry("dc2.example", List.of(address("127.0.0.1:8053")))))
                        .build())
                .hasMessageContaining("would ask itself");
    }

    @Test
    void the_token_comes_from_consuls_own_variables_the_file_first() throws ConfigException {
        Map<String, String> both = Map.of("CONSUL_HTTP_TOKEN_FILE", "/etc/token", "CONSUL_HTTP_TOKEN", "secret");

        assertThat(ServerConfig.builder(both).build().agentApi().orElseThrow().token())
                .isEqualTo(AgentToken.in(Path.of("/etc/token")));
        assertThat(ServerConfig.builder(Map.of("CONSUL_HTTP_TOKEN", "secret"))
                        .build()
                        .agentApi()
                        .orElseThrow()
                        .token())
                .isEqualTo(AgentToken.of("secret"));
    }

    @Test
    void a_configuration_never_shows_the_token() throws ConfigException {
        assertThat(ServerConfig.builder(Map.of("CONSUL_HTTP_TOKEN", "secret")).build())
                .asString()
                .doesNotContain("secret");
    }

    @Test
    void systemd_names_the_state_directory() throws ConfigException {
        ServerConfig config = ServerConfig.builder(Map.of("STATE_DIRECTORY", "/srv/state/dns:/srv/state/other"))
                .build();

        assertThat(config.stateDir()).isEqualTo(Path.of("/srv/state/dns"));
    }

    private static InetSocketAddress address(String text) throws ConfigException {
        return HostPort.local(text, 0);
    }
}
