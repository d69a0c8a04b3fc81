package io.github.consulresolver.consul;

import java.util.Locale;

/** The state of a health check, in Consul's words. */
public enum Status {
    PASSING,
    WARNING,
    CRITICAL;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
