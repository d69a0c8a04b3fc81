/**
 * Inputs that nobody in his right mind sends: real messages with a few bytes changed, cut, moved or doubled, the same ones for the same
 * seed.
 *
 * <p>Used by the tests of everything that reads bytes, in this module and in the server's.
 */
@NullMarked
package io.github.consulresolver.fuzz;

import org.jspecify.annotations.NullMarked;
