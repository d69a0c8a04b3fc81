package io.github.consulresolver.devagent;

/** A request that is answered with a status and one line. */
final class HttpFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String line;

    HttpFailure(int status, String line) {
        super(line, null, false, false);
        this.status = status;
        this.line = line;
    }

    int status() {
        return status;
    }

    String line() {
        return line;
    }
}
