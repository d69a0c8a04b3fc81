package io.github.consulresolver.server.listen;

import java.net.InetAddress;

/** Who may ask. Called for every query, on every event loop. */
@FunctionalInterface
public interface AccessRule {
    boolean allows(InetAddress client);
}
