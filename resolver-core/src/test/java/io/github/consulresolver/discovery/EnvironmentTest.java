package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.ClientCertificate;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the agent is when nobody says so, or the environment does. */
class EnvironmentTest {
    private static Settings settings(Map<String, String> variables) {
        return ServiceResolver.builder(variables).settings();
    }

    @Test
    void an_agent_is_on_this_host() {
        Settings settings = settings(Map.of());

        assertThat(settings.agents()).containsExactly(AgentAddress.parse("127.0.0.1:8600"));
        assertThat(settings.http()).contains(URI.create("http://127.0.0.1:8500"));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1:8500, http://10.0.0.1:8500, 10.0.0.1",
        "http://10.0.0.1:80/, http://10.0.0.1:80, 10.0.0.1",
        "HTTPS://localhost:8501, https://127.0.0.1:8501, 127.0.0.1",
        "[::1]:8500, http://[::1]:8500, [::1]",
        "unix:///run/consul.sock, unix:///run/consul.sock, 127.0.0.1"
    })
    void the_dns_of_an_agent_is_where_its_http_api_is(String variable, String http, String host) {
        Settings settings = settings(Map.of("CONSUL_HTTP_ADDR", variable));

        assertThat(settings.http()).contains(URI.create(http));
        assertThat(settings.agents()).containsExactly(AgentAddress.parse(host + ":8600"));
    }

    @Test
    void an_address_without_a_scheme_may_be_one_of_https() {
        assertThat(settings(Map.of("CONSUL_HTTP_ADDR", "10.0.0.1:8501", "CONSUL_HTTP_SSL", "true"))
                        .http())
                .contains(URI.create("https://10.0.0.1:8501"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"consul.example.org:8500", "ftp://10.0.0.1:8500", "10.0.0.1", "http://10.0.0.1:8500/v1"})
    void what_cannot_be_understood_is_said_to_be_so(String variable) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Map.of("CONSUL_HTTP_ADDR", variable)))
                .withMessageContaining("CONSUL_HTTP_ADDR")
                .withMessageContaining(variable.replaceFirst("^http://", ""));
    }

    @Test
    void what_is_not_used_need_not_be_understood() {
        assertThatCode(() -> ServiceResolver.builder(Map.of("CONSUL_HTTP_ADDR", "consul.example.org:8500"))
                        .agents("127.0.0.1:53")
                        .settings())
                .doesNotThrowAnyException();
    }

    @Test
    void who_chooses_his_agents_chooses_their_http_api_too() {
        ServiceResolver.Builder builder = ServiceResolver.builder(Map.of()).agents("127.0.0.1:53");
        assertThat(builder.settings().http()).isEmpty();

        assertThat(builder.http("127.0.0.1:8500").settings().http()).contains(URI.create("http://127.0.0.1:8500"));
        assertThat(builder.withoutHttp().settings().http()).isEmpty();
    }

    @Test
    void certificates_and_names_are_those_of_consuls_own_commands() {
        Settings settings = settings(Map.of(
                "CONSUL_HTTP_ADDR", "https://10.0.0.1:8501",
                "CONSUL_CACERT", "ca.pem",
                "CONSUL_CLIENT_CERT", "client.pem",
                "CONSUL_CLIENT_KEY", "key.pem",
                "CONSUL_TLS_SERVER_NAME", "client.dc1.consul",
                "CONSUL_HTTP_SSL_VERIFY", "false"));

        assertThat(settings.trust())
                .isEqualTo(new AgentTrust(
                        Optional.of(Path.of("ca.pem")),
                        Optional.of(new ClientCertificate(Path.of("client.pem"), Path.of("key.pem"))),
                        Optional.of("client.dc1.consul"),
                        false));
    }

    @Test
    void a_certificate_without_its_key_is_said_to_be_so() {
        Map<String, String> half = Map.of("CONSUL_CLIENT_CERT", "client.pem");
        ServiceResolver.Builder builder = ServiceResolver.builder(half);

        assertThatCode(builder::settings).doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(builder.http("https://127.0.0.1:8501")::settings)
                .withMessageContaining("CONSUL_CLIENT_KEY");
    }

    @Test
    void a_token_is_not_shown() {
        assertThat(settings(Map.of("CONSUL_HTTP_TOKEN", "secret")).toString()).doesNotContain("secret");
    }
}
