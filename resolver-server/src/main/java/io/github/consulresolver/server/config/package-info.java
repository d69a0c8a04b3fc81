/**
 * What the operator said: flags over a YAML file over defaults, checked as a whole before anything starts.
 *
 * <p>{@link io.github.consulresolver.server.config.Setting} is the one list of settings; the flags, the file's keys and
 * the help are made from it. Bad input of any kind is a {@link
 * io.github.consulresolver.server.config.ConfigException} with one line that says where, what was expected, and what
 * may have been meant.
 *
 * <p>May use the JDK, snakeyaml-engine and the core's values for a token and for TTLs, and never the system's resolver: that may be this very server. Used by
 * {@code cli} and the composition root.
 */
@NullMarked
package io.github.consulresolver.server.config;

import org.jspecify.annotations.NullMarked;
