/**
 * What an agent says over HTTP, brought to what its DNS says: sets that are too large for DNS, and answers that live as long as they are
 * true.
 *
 * <p>{@link io.github.consulresolver.catalog.KnownAgent} is the entry. Uses {@code agent}, {@code watch}, {@code cache} and {@code zone}, and
 * the SLF4J API to say how it stands. {@code discovery} and the server use it.
 */
@NullMarked
package io.github.consulresolver.catalog;

import org.jspecify.annotations.NullMarked;
