/**
 * Getting an answer from somebody who knows: one exchange over UDP or TCP, an agent, the recursors in their order, and one flight
 * for all who ask the same question.
 *
 * <p>Uses {@code dns} and Netty's transport; knows no cache and no zone. What happens is told to a listener. {@code zone},
 * {@code discovery} and the server use it.
 */
@NullMarked
package io.github.consulresolver.upstream;

import org.jspecify.annotations.NullMarked;
