/**
 * Spring Boot auto-configuration for the client library.
 *
 * <p>Nothing is here yet: the module holds the place, so that the coordinates do not change when the starter comes.
 */
@NullMarked
package io.github.consulresolver.spring;

import org.jspecify.annotations.NullMarked;
