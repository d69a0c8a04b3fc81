/**
 * What the client library costs without sockets. In the library's own package, since an application has no way to make endpoints; nobody uses it
 * but {@code script/jmh}.
 */
@NullMarked
package io.github.consulresolver.discovery;

import org.jspecify.annotations.NullMarked;
