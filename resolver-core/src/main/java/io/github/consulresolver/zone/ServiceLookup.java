package io.github.consulresolver.zone;

import java.util.Optional;

/**
 * Which instances a name stands for. All in lower case.
 *
 * @param service the service's name
 * @param tag only instances with this tag; empty for all
 * @param datacenter empty for the agent's own
 */
public record ServiceLookup(String service, Optional<String> tag, Optional<String> datacenter) {}
