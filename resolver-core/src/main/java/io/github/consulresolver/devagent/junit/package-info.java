/**
 * The in-memory Consul agent as a JUnit extension.
 *
 * <p>May use {@link io.github.consulresolver.devagent} and the JUnit Jupiter API, which is an optional dependency: only
 * who uses this package needs it. Used by tests alone.
 */
@NullMarked
package io.github.consulresolver.devagent.junit;

import org.jspecify.annotations.NullMarked;
