/**
 * Watches over every test of every module: a Netty buffer that is lost fails the class that was running. Found by JUnit itself, through
 * {@code META-INF/services} and {@code junit-platform.properties}.
 */
@NullMarked
package io.github.consulresolver.leaks;

import org.jspecify.annotations.NullMarked;
