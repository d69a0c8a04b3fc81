/**
 * Counts what a {@link io.github.consulresolver.discovery.ServiceResolver} does, with Micrometer. Whoever uses it has {@code micrometer-core} among his
 * own dependencies.
 *
 * <p>Uses {@code discovery} and Micrometer. Used by applications.
 */
@NullMarked
package io.github.consulresolver.discovery.micrometer;

import org.jspecify.annotations.NullMarked;
