package io.github.consulresolver.server.cli;

import java.util.Optional;

/** What {@code --version} says. The number is in the manifest of the jar. */
final class Version {

    private Version() {}

    static String[] lines() {
        String number = Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("(development)");
        return new String[] {
            "consul-resolver " + number + ", Java " + Runtime.version() + " on " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch")
        };
    }
}
