package io.github.consulresolver.discovery;

import io.github.consulresolver.upstream.UpstreamException;

/**
 * The instances of a service could not be found out. That is another thing than that there are none, which is an empty {@link Endpoints}:
 * here nothing is known. The message says which agents were asked, and what came of it.
 *
 * <p>Its subclasses say what happened with the last agent asked.
 */
public abstract sealed class ResolutionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ResolutionException(String message) {
        super(message);
    }

    static ResolutionException of(String dnsName, UpstreamException failure) {
        String message = dnsName + " could not be resolved: " + failure.getMessage();
        return switch (failure.reason()) {
            case TIMEOUT -> new TimedOut(message);
            case UNREACHABLE, CLOSED, NO_UPSTREAM -> new NoAgent(message);
            case REFUSED, NO_EDNS -> new Refused(message);
            case MISMATCHED -> new Malformed(message);
            case OVERLOADED -> new Overloaded(message);
        };
    }

    /** No agent answered in time. */
    public static final class TimedOut extends ResolutionException {
        private static final long serialVersionUID = 1L;

        private TimedOut(String message) {
            super(message
                    + ". Is the agent overloaded, or does something on the way drop what is sent to its DNS port?");
        }
    }

    /** No agent is there: nothing listens at the address, no way leads to it, or the connection broke. */
    public static final class NoAgent extends ResolutionException {
        private static final long serialVersionUID = 1L;

        private NoAgent(String message) {
            super(message + ". Does a Consul agent run there, and is that its DNS port (8600 by default)?");
        }
    }

    /** The agent said that it cannot or will not answer: SERVFAIL while the cluster has no leader, for example. */
    public static final class Refused extends ResolutionException {
        private static final long serialVersionUID = 1L;

        private Refused(String message) {
            super(message + ". The agent's log may say why");
        }
    }

    /** What came back was no answer to what was asked. */
    public static final class Malformed extends ResolutionException {
        private static final long serialVersionUID = 1L;

        private Malformed(String message) {
            super(message + ". Is it a Consul agent that answers there?");
        }
    }

    /** This resolver has more names to resolve at the same time than it allows itself. */
    public static final class Overloaded extends ResolutionException {
        private static final long serialVersionUID = 1L;

        private Overloaded(String message) {
            super(message + ". Resolve fewer names at the same time");
        }
    }

    /** The {@link ServiceResolver} was closed, before or while it was asked. */
    public static final class Closed extends ResolutionException {
        private static final long serialVersionUID = 1L;

        Closed(String dnsName) {
            super(dnsName + " was not resolved: the ServiceResolver is closed");
        }
    }
}
