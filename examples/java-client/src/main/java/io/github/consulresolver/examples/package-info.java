/** A program that uses the library as any other would. */
@NullMarked
package io.github.consulresolver.examples;

import org.jspecify.annotations.NullMarked;
