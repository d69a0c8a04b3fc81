package io.github.consulresolver.agent;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The settings of an agent that its clients' answers, or what we know of them, depend on; each is empty where the agent did not tell it. Names are lower case, without
 * the dot at their end.
 *
 * @param datacenter {@code datacenter}
 * @param domain {@code domain}
 * @param altDomain {@code alt_domain}; also empty when the agent has none
 * @param udpAnswerLimit {@code udp_answer_limit}, 0 or more
 * @param aRecordLimit {@code a_record_limit}, 0 (no limit) or more
 * @param enableTruncate {@code enable_truncate}
 * @param onlyPassing {@code only_passing}
 * @param aclsEnabled {@code acl.enabled}: whether there may be what a token does not show
 * @param nodes how many agents there are in its datacenter, about: a power of two that is not lower ({@code serf_lan}, {@code members})
 * @see <a href="https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/dns">Consul: DNS parameters</a>
 */
public record AgentSettings(
        Optional<String> datacenter,
        Optional<String> domain,
        Optional<String> altDomain,
        OptionalInt udpAnswerLimit,
        OptionalInt aRecordLimit,
        Optional<Boolean> enableTruncate,
        Optional<Boolean> onlyPassing,
        Optional<Boolean> aclsEnabled,
        OptionalInt nodes) {

    /** Nothing is known. */
    public static final AgentSettings UNKNOWN = new AgentSettings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** What depends on no other agent. */
    public AgentSettings(
            Optional<String> datacenter,
            Optional<String> domain,
            Optional<String> altDomain,
            OptionalInt udpAnswerLimit,
            OptionalInt aRecordLimit,
            Optional<Boolean> enableTruncate,
            Optional<Boolean> onlyPassing,
            Optional<Boolean> aclsEnabled) {
        this(
                datacenter,
                domain,
                altDomain,
                udpAnswerLimit,
                aRecordLimit,
                enableTruncate,
                onlyPassing,
                aclsEnabled,
                OptionalInt.empty());
    }
}
