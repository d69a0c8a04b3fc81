/** Tests of the client library: against real agents where Consul's answers matter, else against a scripted one. */
@NullMarked
package io.github.consulresolver.discovery;

import org.jspecify.annotations.NullMarked;
