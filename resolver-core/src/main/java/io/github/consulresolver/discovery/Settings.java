package io.github.consulresolver.discovery;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.dns.DomainName;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What a resolver is made from. Immutable.
 *
 * @param http the agent's HTTP API; empty when it is left alone
 * @param datacenter of names that have none; empty for the agent's own
 * @param ttlFloor in seconds
 * @param ttlCap in seconds
 * @param watches how many services are watched at most, each over a connection of its own; 0 for none
 * @param executor calls those who watch, and completes what could not be completed at once
 */
record Settings(
        List<InetSocketAddress> agents,
        Optional<URI> http,
        AgentToken token,
        AgentTrust trust,
        DomainName domain,
        Optional<String> datacenter,
        int ttlFloor,
        int ttlCap,
        Duration staleFor,
        int watches,
        Executor executor,
        DiscoveryListener listener) {}
