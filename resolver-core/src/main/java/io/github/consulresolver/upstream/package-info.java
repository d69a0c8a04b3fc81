/**
 * Getting an answer from somebody who knows: an agent, several of them, the recursors; and one flight for all who ask the same question.
 *
 * <p>{@code Servers} know the same; a {@code Round} is one question's way round them, on one {@code Loop}; a {@code Call} is one of them asked,
 * in the {@code Dialogue} that its kind needs; a {@code Wire} carries the queries. What an {@code UpstreamServer} is like (its round trip, its failures)
 * outlives the question. Loop and wire are Netty's, or a test's, where no time passes.
 *
 * <p>Uses {@code dns} and Netty's transport; knows no cache and no zone. What happens is told to a listener. {@code zone},
 * {@code discovery} and the server use it.
 */
@NullMarked
package io.github.consulresolver.upstream;

import org.jspecify.annotations.NullMarked;
