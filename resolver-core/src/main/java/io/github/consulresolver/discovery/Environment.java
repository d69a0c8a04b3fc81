package io.github.consulresolver.discovery;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.ClientCertificate;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the agent is, as those variables say that Consul's own commands understand. Immutable.
 *
 * @see <a href="https://developer.hashicorp.com/consul/commands#environment-variables">Consul: environment variables</a>
 */
record Environment(Map<String, String> variables) {
    private static final int DNS_PORT = 8600;

    /** What Go takes for true, and for false. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    /**
     * The agent's DNS: on the host of its HTTP API.
     *
     * @throws IllegalArgumentException as {@link #http} does
     */
    List<InetSocketAddress> agents() {
        URI api = http();
        return List.of(
                AgentAddress.parse(("unix".equals(api.getScheme()) ? "127.0.0.1" : api.getHost()) + ":" + DNS_PORT));
    }

    /**
     * The agent's HTTP API.
     *
     * @throws IllegalArgumentException when the variable that tells it cannot be understood
     */
    URI http() {
        try {
            return AgentAddress.http(variable("CONSUL_HTTP_ADDR").orElse("127.0.0.1:8500"), isTls());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("CONSUL_HTTP_ADDR in the environment: " + e.getMessage(), e);
        }
    }

    private boolean isTls() {
        return variable("CONSUL_HTTP_SSL").filter(TRUE::contains).isPresent();
    }

    AgentToken token() {
        return variable("CONSUL_HTTP_TOKEN_FILE")
                .map(path -> AgentToken.in(Path.of(path)))
                .orElseGet(() -> AgentToken.of(variable("CONSUL_HTTP_TOKEN").orElse("")));
    }

    /** @throws IllegalArgumentException when they name a certificate without its key, or a key without its certificate */
    AgentTrust trust() {
        Optional<Path> certificate = variable("CONSUL_CLIENT_CERT").map(Path::of);
        Optional<Path> key = variable("CONSUL_CLIENT_KEY").map(Path::of);
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(
                    "CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY in the environment: one needs the other");
        }
        return new AgentTrust(
                variable("CONSUL_CACERT").map(Path::of),
                certificate.map(file -> new ClientCertificate(file, key.orElseThrow())),
                variable("CONSUL_TLS_SERVER_NAME"),
                !variable("CONSUL_HTTP_SSL_VERIFY").filter(FALSE::contains).isPresent());
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
