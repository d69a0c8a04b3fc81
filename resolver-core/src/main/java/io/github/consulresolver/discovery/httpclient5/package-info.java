/**
 * Services for Apache HttpClient 5. Whoever uses it has {@code httpclient5} among his own dependencies.
 *
 * <p>Uses {@code discovery} and HttpClient. Used by applications.
 */
@NullMarked
package io.github.consulresolver.discovery.httpclient5;

import org.jspecify.annotations.NullMarked;
