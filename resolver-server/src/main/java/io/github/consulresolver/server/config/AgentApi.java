package io.github.consulresolver.server.config;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import java.net.URI;

/**
 * The agent's HTTP API, and how it is spoken to.
 *
 * @param address {@code http} or {@code https}, a host and a port, no path; or {@code unix} and the path of a socket
 * @param token who we are there
 * @param trust whose certificates it may have, and which one it is shown
 */
public record AgentApi(URI address, AgentToken token, AgentTrust trust) {}
