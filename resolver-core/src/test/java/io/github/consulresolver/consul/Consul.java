package io.github.consulresolver.consul;

/** One version of Consul that tests can run, as a binary or as a container image. */
public sealed interface Consul permits ConsulBinary, ConsulImage {

    /** The version as {@code consul version} tells it, without the {@code v}: {@code 1.8.7}. */
    String version();

    /** Prepares an agent without starting it; {@code config} is added to the configuration of {@link AgentConfig}. */
    AgentProcess agent(AgentPorts ports, String config);
}
