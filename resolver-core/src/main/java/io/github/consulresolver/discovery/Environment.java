package io.github.consulresolver.discovery;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the agent is, as those variables say that Consul's own commands understand. Immutable.
 *
 * @see <a href="https://developer.hashicorp.com/consul/commands#environment-variables">Consul: environment variables</a>
 */
record Environment(Map<String, String> variables) {
    private static final int DNS_PORT = 8600;

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
        return variable("CONSUL_HTTP_SSL")
                .filter(value -> value.equals("1") || value.equalsIgnoreCase("true"))
                .isPresent();
    }

    AgentToken token() {
        return variable("CONSUL_HTTP_TOKEN_FILE")
                .map(path -> AgentToken.in(Path.of(path)))
                .orElseGet(() -> AgentToken.of(variable("CONSUL_HTTP_TOKEN").orElse("")));
    }

    AgentTrust trust() {
        return variable("CONSUL_CACERT")
                .map(path -> AgentTrust.in(Path.of(path)))
                .orElse(AgentTrust.OF_JVM);
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }
}
