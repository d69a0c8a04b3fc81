/**
 * Answer sets by question, and whether they are still good.
 *
 * <p>Uses {@code dns}, and Caffeine to stay within its bytes; knows no network. Time is a parameter. {@code zone} and the server use
 * it.
 */
@NullMarked
package io.github.consulresolver.cache;

import org.jspecify.annotations.NullMarked;
