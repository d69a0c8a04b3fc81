/**
 * Which upstream and which policy a name has, and a question's way: the cache, else one flight to the zone's upstream, whose answer is
 * kept.
 *
 * <p>Uses {@code dns}, {@code cache} and {@code upstream}. {@code discovery} and the server use it.
 */
@NullMarked
package io.github.consulresolver.zone;

import org.jspecify.annotations.NullMarked;
