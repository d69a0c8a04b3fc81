package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.config.LogLevel;

/**
 * One short line an event, on stderr. slf4j-simple is told by system properties, and reads them when the first logger is
 * made: this comes before any class that has one.
 */
final class Logging {

    private static final String PREFIX = "org.slf4j.simpleLogger.";

    private Logging() {}

    static void configure(LogLevel level) {
        set("logFile", "System.err");
        set("showDateTime", "true");
        set("dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
        set("showThreadName", "false");
        set("showLogName", "false");
        set("showShortLogName", "true");
        set("defaultLogLevel", level.toString());
        String libraries = level == LogLevel.TRACE ? "debug" : "warn";
        set("log.io.netty", libraries);
        set("log.org.xbill.DNS", libraries);
        set("log.io.micrometer", libraries);
        set("log.io.prometheus", libraries);
    }

    /** What the operator set with -D stays. */
    private static void set(String name, String value) {
        if (System.getProperty(PREFIX + name) == null) {
            System.setProperty(PREFIX + name, value);
        }
    }
}
