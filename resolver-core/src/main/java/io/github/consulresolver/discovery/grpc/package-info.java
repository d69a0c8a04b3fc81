/**
 * Services for gRPC. Whoever uses it has {@code grpc-api} among his own dependencies.
 *
 * <p>Uses {@code discovery} and gRPC. Used by applications.
 */
@NullMarked
package io.github.consulresolver.discovery.grpc;

import org.jspecify.annotations.NullMarked;
