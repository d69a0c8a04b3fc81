/**
 * A Consul agent in memory, for tests and demonstrations: DNS, and the part of the HTTP API that registers and watches
 * services.
 *
 * <p>{@link io.github.consulresolver.devagent.DevAgent} is the door. It answers as a Consul 1.20 agent in development
 * mode does, as far as it goes: no prepared queries, service mesh, access control, key-value store or second
 * datacenter, and nothing survives {@code close()}.
 *
 * <p>May use the JDK (its HTTP server included), dnsjava to read and write DNS messages, and jackson-core to read and
 * write JSON; none of them shows in a public signature. Knows no other package of the project. Used by the server's
 * {@code dev} command, by {@link io.github.consulresolver.devagent.junit}, and by tests, ours and other people's.
 */
@NullMarked
package io.github.consulresolver.devagent;

import org.jspecify.annotations.NullMarked;
