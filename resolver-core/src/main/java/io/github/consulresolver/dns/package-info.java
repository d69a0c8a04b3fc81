/**
 * DNS as bytes: questions, names, reading messages, and answer sets prepared for writing.
 *
 * <p>Uses nothing but the JDK's buffers; knows no network, no clock and no other room. Everybody uses it. What is read from a
 * buffer is read at absolute indexes, so heap, direct and native memory serve alike.
 */
@NullMarked
package io.github.consulresolver.dns;

import org.jspecify.annotations.NullMarked;
