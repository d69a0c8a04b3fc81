/**
 * Watches: what an agent says over HTTP when something has changed, and for how long what it said is true. {@link
 * io.github.consulresolver.watch.Watch} has the argument.
 *
 * <p>Uses {@code agent} to ask, and {@code cache} for the coverage that an answer can carry. Has no thread and no clock of its own: both are
 * the loop's. The server uses it.
 */
@NullMarked
package io.github.consulresolver.watch;

import org.jspecify.annotations.NullMarked;
