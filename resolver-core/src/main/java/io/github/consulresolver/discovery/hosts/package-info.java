/**
 * A resolver as clients see it that know hosts, not services.
 *
 * <p>Uses the public part of {@code discovery}. Used by the adapters, in this module and the JDK's; no part of the public API.
 */
@NullMarked
package io.github.consulresolver.discovery.hosts;

import org.jspecify.annotations.NullMarked;
