package io.github.consulresolver.server.config;

import java.util.Arrays;
import java.util.Locale;

/** How much is logged; each level includes the ones before it. */
public enum LogLevel {
    /** Only what makes the server useless. */
    ERROR,
    /** And what the operator should look at. */
    WARN,
    /** And what happens rarely; the default. */
    INFO,
    /** And what helps to find a mistake. */
    DEBUG,
    /** And the libraries' own chatter. */
    TRACE;

    static LogLevel parse(String text) throws ConfigException {
        return Arrays.stream(values())
                .filter(level -> level.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        "expected error, warn, info, debug or trace; found \"" + Quoted.text(text) + "\""));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
