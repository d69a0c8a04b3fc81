/**
 * Services for clients that connect with Netty.
 *
 * <p>Uses {@code discovery} and {@code netty-resolver}, which comes with the library. Used by applications.
 */
@NullMarked
package io.github.consulresolver.discovery.netty;

import org.jspecify.annotations.NullMarked;
