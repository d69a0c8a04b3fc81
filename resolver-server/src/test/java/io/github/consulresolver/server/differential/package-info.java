/**
 * The differential suite: each question of the tables beside it is asked at a real agent and through the server in front
 * of it, and the answers are the same but for the differences that {@code docs/compatibility.md} lists.
 *
 * <p>{@link io.github.consulresolver.server.differential.DifferentialTest} has the configurations, {@code catalogue.txt} what is
 * registered with Consul, {@link io.github.consulresolver.server.differential.Comparison} what "the same" means, and
 * {@link io.github.consulresolver.server.differential.Difference} which differences are on purpose.
 */
@NullMarked
package io.github.consulresolver.server.differential;

import org.jspecify.annotations.NullMarked;
