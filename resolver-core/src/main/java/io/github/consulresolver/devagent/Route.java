package io.github.consulresolver.devagent;

import org.jspecify.annotations.Nullable;

/**
 * A call of the HTTP API.
 *
 * @param path a whole path, or if it ends with a slash all that begin with it
 * @param index by which a blocking query waits; null where Consul has none
 */
record Route(String method, String path, @Nullable Index index, Body body) {
    /** The index of what the request asks for. */
    @FunctionalInterface
    interface Index {
        long of(Request request) throws HttpFailure;
    }

    /** Does what the request asks for, and returns the JSON value to send, or {@link Silence}. */
    @FunctionalInterface
    interface Body {
        @Nullable
        Object of(Request request) throws HttpFailure;
    }

    /** The reply of a call that has nothing to say; JSON's null is something else. */
    enum Silence {
        NO_BODY
    }

    static Route put(String path, Body body) {
        return new Route("PUT", path, null, body);
    }

    static Route get(String path, Body body) {
        return new Route("GET", path, null, body);
    }

    static Route get(String path, Index index, Body body) {
        return new Route("GET", path, index, body);
    }

    boolean matches(String requestPath) {
        return path.endsWith("/") ? requestPath.startsWith(path) : requestPath.equals(path);
    }
}
