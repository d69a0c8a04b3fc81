/**
 * What is counted, and its names. The only room besides the composition root that knows Micrometer.
 *
 * <p>Uses {@code upstream}'s listener and Micrometer; {@code listen} counts through {@link
 * io.github.consulresolver.server.metrics.QueryCounters}.
 */
@NullMarked
package io.github.consulresolver.server.metrics;

import org.jspecify.annotations.NullMarked;
