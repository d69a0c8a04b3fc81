/**
 * Receiving queries and sending replies: sockets, event loops, and a query's way from one to the other.
 *
 * <p>Uses {@code reply}, {@code metrics}, the core's {@code dns}, {@code cache}, {@code upstream} and {@code zone}, and Netty. What is Netty's stays in
 * the two listeners and what opens their sockets: {@link io.github.consulresolver.server.listen.QueryHandler} sees buffers only, so that
 * another receive loop can take their place.
 */
@NullMarked
package io.github.consulresolver.server.listen;

import org.jspecify.annotations.NullMarked;
