/**
 * What a Consul agent says of itself over HTTP: its own DNS settings. Best effort, in the background: nothing waits for it, and nothing fails
 * without it.
 *
 * <p>Uses the JDK's {@code HttpURLConnection} (whose cost in memory is small beside that of {@code java.net.http}) and jackson-core; no other
 * room. The server uses it.
 */
@NullMarked
package io.github.consulresolver.agent;

import org.jspecify.annotations.NullMarked;
