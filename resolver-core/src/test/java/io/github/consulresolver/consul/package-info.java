/**
 * What tests need around a resolver: real Consul agents, and DNS peers that misbehave on command.
 *
 * <p>{@link io.github.consulresolver.consul.WithConsul} runs a test class against each Consul that is there,
 * {@link io.github.consulresolver.consul.CountingProxy} stands in front of an agent and counts,
 * {@link io.github.consulresolver.consul.ScriptedUpstream} is a DNS server that answers what the test says, and
 * {@link io.github.consulresolver.consul.DnsClient} asks without a resolver's own retries.
 *
 * <p>May use the JDK, JUnit, dnsjava, Jackson's streaming writer and Testcontainers; nothing of the resolver, which it
 * is there to judge. Used by the tests of every module, through this module's test-jar.
 */
@NullMarked
package io.github.consulresolver.consul;

import org.jspecify.annotations.NullMarked;
