/**
 * What a Consul agent says over HTTP: its own DNS settings, and the instances of services that are too large for its DNS. Best effort: nothing
 * fails without it.
 *
 * <p>Uses the JDK's {@code HttpURLConnection} (whose cost in memory is small beside that of {@code java.net.http}) and jackson-core; no other
 * room. The server uses it.
 */
@NullMarked
package io.github.consulresolver.agent;

import org.jspecify.annotations.NullMarked;
