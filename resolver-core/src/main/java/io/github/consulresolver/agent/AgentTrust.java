package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates are believed, when an agent is spoken to over TLS, and which one is shown to it. Immutable.
 *
 * @param authorities a file of certificates of authorities in PEM, one behind the other, as {@code CONSUL_CACERT} has them: those are believed,
 *     and no others. Empty for those that the JVM believes
 * @param own what is shown to an agent that wants to see one; empty for nothing
 * @param serverName the name that the agent's certificate has to be for ({@code CONSUL_TLS_SERVER_NAME}); empty for the host of its address
 * @param verifies whether the agent's certificate is looked at at all ({@code CONSUL_HTTP_SSL_VERIFY})
 */
public record AgentTrust(
        Optional<Path> authorities, Optional<ClientCertificate> own, Optional<String> serverName, boolean verifies) {
    /** Those that the JVM believes. */
    public static final AgentTrust OF_JVM = new AgentTrust(Optional.empty(), Optional.empty(), Optional.empty(), true);

    /** The authorities of a file, which is read anew for each connection, and so may be replaced. */
    public static AgentTrust in(Path authorities) {
        return new AgentTrust(Optional.of(authorities), Optional.empty(), Optional.empty(), true);
    }

    /**
     * A client's side of a connection.
     *
     * @param host an IP address without brackets, or {@code localhost}
     * @throws SSLException with one line that says why there is none
     */
    SSLEngine engine(String host, int port) throws SSLException {
        String name = serverName.orElse(host);
        SSLEngine engine = context().createSSLEngine(name, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        if (verifies) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (serverName.isPresent()) {
            try {
                // By itself the JDK says no name without a dot.
                parameters.setServerNames(List.of(new SNIHostName(name)));
            } catch (IllegalArgumentException e) {
                throw new SSLException("\"" + name + "\" is no name of a server", e);
            }
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private SSLContext context() throws SSLException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(), trusted(), null);
            return context;
        } catch (SSLException e) {
            throw e;
        } catch (IOException | GeneralSecurityException e) {
            throw new SSLException("no TLS can be had", e);
        }
    }

    private KeyManager @Nullable [] keys() throws SSLException {
        return own.isPresent() ? new KeyManager[] {own.get().keys()} : null;
    }

    /** Null for those that the JVM trusts. */
    private TrustManager @Nullable [] trusted() throws IOException, GeneralSecurityException {
        if (!verifies) {
            return new TrustManager[] {new AnyServer()};
        }
        if (authorities.isEmpty()) {
            return null;
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (Certificate authority : PemFile.certificates(authorities.get())) {
            store.setCertificateEntry("authority-" + store.size(), authority);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return managers.getTrustManagers();
    }
}
