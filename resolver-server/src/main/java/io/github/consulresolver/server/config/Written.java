package io.github.consulresolver.server.config;

/**
 * A value as somebody wrote it.
 *
 * @param where the place to name when it is wrong: {@code --listen}, {@code config.yaml:3:9: listen}
 * @param text the value itself
 */
record Written(String where, String text) {}
