/**
 * The resolver's core and the client library. The public API is {@code discovery} and {@code devagent}; the other rooms are open to the server
 * of the same version alone.
 */
// The server is built after this module, and runs on the class path: here it is but a name. Micrometer names its module
// in its manifest.
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.github.consulresolver.core {
    requires com.fasterxml.jackson.core;
    requires com.github.benmanes.caffeine;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;
    requires jdk.httpserver;
    requires org.dnsjava;
    requires org.slf4j;
    requires static transitive micrometer.core;
    requires static transitive org.jspecify;
    requires static transitive org.junit.jupiter.api;

    exports io.github.consulresolver.devagent;
    exports io.github.consulresolver.devagent.junit;
    exports io.github.consulresolver.discovery;
    exports io.github.consulresolver.discovery.micrometer;
    exports io.github.consulresolver.agent to
            io.github.consulresolver.server;
    exports io.github.consulresolver.cache to
            io.github.consulresolver.server;
    exports io.github.consulresolver.catalog to
            io.github.consulresolver.server;
    exports io.github.consulresolver.dns to
            io.github.consulresolver.server;
    exports io.github.consulresolver.upstream to
            io.github.consulresolver.server;
    exports io.github.consulresolver.watch to
            io.github.consulresolver.server;
    exports io.github.consulresolver.zone to
            io.github.consulresolver.server;
}
