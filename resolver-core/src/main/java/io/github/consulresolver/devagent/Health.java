package io.github.consulresolver.devagent;

import java.util.Locale;
import java.util.Optional;

/**
 * The state of a Consul health check, from best to worst.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/usage/checks">Consul: health checks</a>
 */
public enum Health {
    /** Answered over DNS, with the instance's weight for passing. */
    PASSING,
    /** Answered over DNS, with the instance's weight for warning. */
    WARNING,
    /** Left out of DNS answers about the service. */
    CRITICAL;

    /** The word that Consul's HTTP API uses. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Health> ofWord(String word) {
        for (Health health : values()) {
            if (health.word().equals(word)) {
                return Optional.of(health);
            }
        }
        return Optional.empty();
    }

    Health worse(Health other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
