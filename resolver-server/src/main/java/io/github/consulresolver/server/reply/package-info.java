/**
 * Fitting an answer set to one client: order, size, TTLs, flags, EDNS.
 *
 * <p>Uses {@code dns}; knows no socket and no cache, and writes into any {@code ByteBuffer}. {@code listen} uses it.
 */
@NullMarked
package io.github.consulresolver.server.reply;

import org.jspecify.annotations.NullMarked;
