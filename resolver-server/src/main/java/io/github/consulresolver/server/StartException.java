package io.github.consulresolver.server;

import io.github.consulresolver.server.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;

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

    static StartException cannotListen(InetSocketAddress address, IOException cause) {
        String where = HostPort.format(address);
        String why = String.valueOf(cause.getMessage());
        String whatToDo;
        if (why.contains("Address already in use")) {
            whatToDo = "another program has this port: `ss -lnptu 'sport = :" + address.getPort()
                    + "'` shows which; stop it, or choose another address with --listen";
        } else if (why.contains("Permission denied")) {
            whatToDo = "ports below 1024 need root or CAP_NET_BIND_SERVICE; or choose another port with --listen";
        } else if (why.contains("Cannot assign requested address")) {
            whatToDo = "this host does not have that address: `ip address` shows those it has";
        } else {
            whatToDo = why;
        }
        StartException failure = new StartException("Cannot listen on " + where + ": " + whatToDo);
        failure.initCause(cause);
        return failure;
    }
}
