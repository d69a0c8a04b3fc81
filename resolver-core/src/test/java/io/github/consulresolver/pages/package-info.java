/**
 * The examples of {@code docs/library.md} and of the Javadoc, as sources that the build compiles. They stand where an application does: outside of
 * the library's packages, and see its public API alone.
 */
@NullMarked
package io.github.consulresolver.pages;

import org.jspecify.annotations.NullMarked;
