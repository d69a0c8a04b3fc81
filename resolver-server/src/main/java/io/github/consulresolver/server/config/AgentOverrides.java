package io.github.consulresolver.server.config;

import io.github.consulresolver.zone.TtlOverrides;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What was configured in place of the agent's own settings; where nothing was, the agent's count as soon as they are known. Immutable.
 *
 * @param altDomains Consul's other domains in lower case, without the dot at their end; empty means the agent's {@code alt_domain}
 * @param udpAnswerLimit the most records for a UDP client without EDNS, at least 1
 * @param aRecordLimit the most addresses of a service in any reply, 0 for no limit
 * @param truncate whether TC is set when instances were left out of a UDP reply
 * @param ttls TTLs in place of the agent's
 */
public record AgentOverrides(
        List<String> altDomains,
        OptionalInt udpAnswerLimit,
        OptionalInt aRecordLimit,
        Optional<Boolean> truncate,
        TtlOverrides ttls) {

    /** Nothing is configured. */
    public static final AgentOverrides NONE = new AgentOverrides(
            List.of(), OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), TtlOverrides.NONE);

    /** Copies the list. */
    public AgentOverrides {
        altDomains = List.copyOf(altDomains);
    }
}
