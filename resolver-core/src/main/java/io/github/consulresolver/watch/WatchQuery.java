package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.Document;
import io.github.consulresolver.agent.HealthDocument;
import io.github.consulresolver.agent.ServiceEntry;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a watch asks an agent for.
 *
 * <p>What wakes on which change was measured, see {@code docs/coherence.md}.
 *
 * @param path with the beginning of a query, to which more can be added
 * @param documents reads a body
 * @param bodyTells whether all that matters is in the body; otherwise each new index is a change
 * @param <T> what a body says
 */
public record WatchQuery<T>(String path, Supplier<Document<T>> documents, boolean bodyTells) {
    /** What the body of a signal may have, of which nobody needs anything. About 10,000 names. */
    static final int LARGEST_SIGNAL = 512 << 10;

    /** Leaves the body out: it would be all there is. */
    private static final String NOTHING = "filter=" + AgentHttp.encoded("Node == \"\"");

    /**
     * Has a server answer, and the one that is asked for the pulse. Without it a client agent answers from what a server streams to it: that may be
     * another one, and when it hangs, the agent goes on telling what it knew, for more than 30 s on 1.20.6. What is streamed is not sorted by
     * distance, so whoever wants it sorted is not answered from it. The order itself is of no use.
     */
    private static final String NOT_STREAMED = "near=_agent";

    /** The instances of a service, whatever their tags and health. */
    public static WatchQuery<List<ServiceEntry>> service(String name) {
        return new WatchQuery<>(
                "/v1/health/service/" + AgentHttp.encoded(name) + "?" + NOT_STREAMED + "&", HealthDocument::new, true);
    }

    /** What leads to a service in the mesh, whatever its health. */
    public static WatchQuery<List<ServiceEntry>> connect(String name) {
        return new WatchQuery<>("/v1/health/connect/" + AgentHttp.encoded(name) + "?", HealthDocument::new, true);
    }

    /** The ingress gateways that lead to a service, whatever their health. */
    public static WatchQuery<List<ServiceEntry>> ingress(String name) {
        return new WatchQuery<>("/v1/health/ingress/" + AgentHttp.encoded(name) + "?", HealthDocument::new, true);
    }

    /** A node, as an instance of nothing; none if there is no such node. */
    public static WatchQuery<List<ServiceEntry>> node(String name) {
        return new WatchQuery<>("/v1/catalog/node/" + AgentHttp.encoded(name) + "?", HealthDocument::ofNode, true);
    }

    /** Whether any node has come, gone or changed. */
    public static WatchQuery<Boolean> nodes() {
        return signal("/v1/catalog/nodes?" + NOTHING + "&");
    }

    /** Whether the check of anything has come, gone or changed. */
    public static WatchQuery<Boolean> checks() {
        return signal("/v1/health/state/any?" + NOTHING + "&");
    }

    /**
     * Whether the registration of any service has come, gone or changed. Agents that know no filter there send all names and tags; where those
     * are more than {@link #LARGEST_SIGNAL} bytes it cannot be known.
     */
    public static WatchQuery<Boolean> services() {
        return signal("/v1/catalog/services?filter=" + AgentHttp.encoded("ServiceName == \"\"") + "&");
    }

    /**
     * Whether any configuration entry of a kind has come, gone or changed. With a filter that matches nothing it would not return. Where all of
     * them are more than {@link #LARGEST_SIGNAL} bytes it cannot be known.
     *
     * @param kind for example {@code ingress-gateway}
     */
    static WatchQuery<Boolean> configuration(String kind) {
        return signal("/v1/config/" + kind + "?");
    }

    private static WatchQuery<Boolean> signal(String path) {
        return new WatchQuery<>(path, () -> Document.unread(LARGEST_SIGNAL), false);
    }

    /** For what its leader says, after it has made sure that it is one. */
    String consistent() {
        return path + "consistent";
    }

    /** For what the nearest server says, as in DNS. */
    String stale() {
        return path + "stale";
    }

    /** For what it says when it has moved beyond {@code index}, or when {@code waitMillis} have passed. */
    String beyond(long index, long waitMillis) {
        return path + "stale&index=" + index + "&wait=" + waitMillis + "ms";
    }
}
