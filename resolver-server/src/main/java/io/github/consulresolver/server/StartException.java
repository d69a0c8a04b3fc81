package io.github.consulresolver.server;

/**
 * The server cannot start on this machine as it is: a port is taken, or the process may not use it.
 *
 * <p>The message is one line that says what to do; it is shown to the operator as it is, and the process ends with
 * exit code 1.
 */
public final class StartException extends Exception {

    private static final long serialVersionUID = 1L;

    /** A failure with its remedy, in one line. */
    public StartException(String message) {
        super(message);
    }
}
