/**
 * The HTTP door for operators: {@code /health} and {@code /metrics}, on loopback unless told otherwise.
 *
 * <p>May use the JDK's HTTP server, Micrometer's Prometheus registry and jackson-core; knows nothing of DNS. Used by
 * {@code cli}.
 */
@NullMarked
package io.github.consulresolver.server.admin;

import org.jspecify.annotations.NullMarked;
