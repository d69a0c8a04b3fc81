/**
 * The command line: {@code serve}, {@code dev} and {@code query}.
 *
 * <p>Exit codes: 0 done, 1 cannot start (port taken, no permission), 2 usage or configuration. {@code query} has its own:
 * 0 found, 1 does not exist, 2 could not find out. A mistake is one line on stderr, never a stack trace.
 *
 * <p>May use every room of the server, the dev agent, picocli, and dnsjava for {@code query}; used by nobody. What only one
 * command needs is loaded by that command only: a server that starts fast reads few classes.
 */
@NullMarked
package io.github.consulresolver.server.cli;

import org.jspecify.annotations.NullMarked;
