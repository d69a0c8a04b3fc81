/**
 * What a Consul agent says over HTTP: its own DNS settings, the instances of services that are too large for its DNS, and, to {@code watch},
 * what has changed. Best effort: nothing fails without it.
 *
 * <p>Single requests go over the JDK's {@code HttpURLConnection}; those that wait for news, over sockets of our own on one thread ({@link
 * io.github.consulresolver.agent.LongPolls}). Both cost little beside {@code java.net.http}. Uses jackson-core, and no other room. {@code
 * watch} and the server use it.
 */
@NullMarked
package io.github.consulresolver.agent;

import org.jspecify.annotations.NullMarked;
