/**
 * The resolver's core and the client library. The public API is {@code discovery} with its adapters, and {@code devagent}; the other rooms are
 * open to the project's own modules of the same version alone.
 */
// Our other modules are built after this one, and run on the class path: here they are but names. Micrometer, gRPC and
// HttpClient name their modules
// in their manifests.
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.github.consulresolver.core {
    requires com.fasterxml.jackson.core;
    requires com.github.benmanes.caffeine;
    requires io.netty.buffer;
    requires io.netty.transport;
    requires jdk.httpserver;
    requires org.dnsjava;
    requires org.slf4j;
    requires transitive io.netty.common;
    requires transitive io.netty.resolver;
    requires transitive java.net.http;
    requires static transitive io.grpc;
    requires static transitive micrometer.core;
    requires static transitive org.apache.httpcomponents.client5.httpclient5;
    requires static transitive org.jspecify;
    requires static transitive org.junit.jupiter.api;

    exports io.github.consulresolver.devagent;
    exports io.github.consulresolver.devagent.junit;
    exports io.github.consulresolver.discovery;
    exports io.github.consulresolver.discovery.grpc;
    exports io.github.consulresolver.discovery.http;
    exports io.github.consulresolver.discovery.httpclient5;
    exports io.github.consulresolver.discovery.micrometer;
    exports io.github.consulresolver.discovery.netty;
    exports io.github.consulresolver.agent to
            io.github.consulresolver.server;
    exports io.github.consulresolver.cache to
            io.github.consulresolver.server;
    exports io.github.consulresolver.catalog to
            io.github.consulresolver.server;
    exports io.github.consulresolver.discovery.hosts to
            io.github.consulresolver.jdk;
    exports io.github.consulresolver.dns to
            io.github.consulresolver.server;
    exports io.github.consulresolver.upstream to
            io.github.consulresolver.server;
    exports io.github.consulresolver.watch to
            io.github.consulresolver.server;
    exports io.github.consulresolver.zone to
            io.github.consulresolver.server;
}
