/**
 * Finds who answers all other names when nobody was configured, so that a node never loses DNS through us.
 *
 * <p>A room of its own beside {@code config}: that one holds what the operator said, this one reads what other programs
 * wrote on this host, recognises ourselves in it, and remembers the last good list. It never invents a server, and it
 * never asks anybody: it reads files only.
 *
 * <p>May use {@code config} for addresses; used by {@code cli}.
 */
@NullMarked
package io.github.consulresolver.server.recursors;

import org.jspecify.annotations.NullMarked;
