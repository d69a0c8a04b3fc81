/**
 * The DNS server for every node: the composition root that puts the rooms together.
 *
 * <p>May use every room of the server and of resolver-core; used by {@code cli} only.
 */
@NullMarked
package io.github.consulresolver.server;

import org.jspecify.annotations.NullMarked;
