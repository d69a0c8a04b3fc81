/**
 * What the client library costs, beside its peers. In the library's own package, since an application has no way to make endpoints; nobody
 * uses it but {@code script/jmh} and {@code script/bench --library}.
 */
@NullMarked
package io.github.consulresolver.discovery;

import org.jspecify.annotations.NullMarked;
