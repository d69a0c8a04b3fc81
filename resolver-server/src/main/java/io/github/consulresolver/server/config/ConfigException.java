package io.github.consulresolver.server.config;

/**
 * Something the operator wrote cannot be understood or cannot hold.
 *
 * <p>The message is one line, meant to be shown as it is; nothing was started.
 */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    /** A mistake, in one line: where, what was expected, what was found. */
    public ConfigException(String message) {
        super(message);
    }

    /** The same mistake, with the place where it is: {@code --listen}, {@code config.yaml:3:9}. */
    public ConfigException at(String where) {
        return new ConfigException(where + ": " + getMessage());
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
