package io.github.consulresolver.server.config;

import io.github.consulresolver.zone.StalePolicy;

/**
 * What is done when nobody answers.
 *
 * @param consul for names under Consul, of all clusters
 * @param recursors for all other names
 */
public record StaleSettings(StalePolicy consul, StalePolicy recursors) {}
