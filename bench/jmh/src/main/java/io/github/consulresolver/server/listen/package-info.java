/**
 * What a hit costs without sockets, whole and in pieces. In the package of the query's way, since that shows nothing of itself outside; it may
 * use all rooms of the server, and nobody uses it but {@code script/jmh}.
 */
@NullMarked
package io.github.consulresolver.server.listen;

import org.jspecify.annotations.NullMarked;
