/**
 * The client library: a service asks for another by its name, and gets hosts and ports.
 *
 * <p>{@link io.github.consulresolver.discovery.ServiceResolver} is the entry. An empty service is a value; that nobody could be asked is a
 * {@link io.github.consulresolver.discovery.ResolutionException}. To pick one instance needs {@link io.github.consulresolver.discovery.Endpoints}
 * alone; whoever wants another way than RFC 2782's, or instances that fail left out, takes a
 * {@link io.github.consulresolver.discovery.LoadBalancer}.
 *
 * <p>May use all rooms of the resolver, which it puts together as the server does ({@code Engine}), and Netty to make the event loop that those run
 * on ({@code NettyNetwork}); nothing but the JDK shows in a public signature. Used by applications, and by the Spring starter.
 */
@NullMarked
package io.github.consulresolver.discovery;

import org.jspecify.annotations.NullMarked;
