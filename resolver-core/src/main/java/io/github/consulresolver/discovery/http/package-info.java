/**
 * Services for the JDK's HTTP client.
 *
 * <p>Uses {@code discovery} and {@code java.net.http}. Used by applications.
 */
@NullMarked
package io.github.consulresolver.discovery.http;

import org.jspecify.annotations.NullMarked;
