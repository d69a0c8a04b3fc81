/**
 * Services for the whole of a JVM: every {@link java.net.InetAddress} look-up of a name of Consul's.
 *
 * <p>Uses {@code discovery}, its hosts, and the JDK's interface for resolvers, which is there from JDK 18 on. The JDK finds it on the class path; nobody
 * calls it.
 */
@NullMarked
package io.github.consulresolver.jdk;

import org.jspecify.annotations.NullMarked;
