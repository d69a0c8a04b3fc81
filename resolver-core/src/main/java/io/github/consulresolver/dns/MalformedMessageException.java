package io.github.consulresolver.dns;

/** A message that breaks the rules of RFC 1035. It carries no stack trace: it is an everyday event, not a defect of ours. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedMessageException(String message) {
        super(message, null, false, false);
    }
}
