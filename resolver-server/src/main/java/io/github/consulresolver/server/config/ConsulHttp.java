package io.github.consulresolver.server.config;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The address of the agent's HTTP API, as Consul's own {@code CONSUL_HTTP_ADDR} has it. */
final class ConsulHttp {

    private static final String UNIX = "unix://";
    private static final Pattern URL = Pattern.compile("(?i)([a-z][a-z0-9+.-]*)://([^/?#]*)/?");
    private static final Pattern SCHEME = Pattern.compile("(?i)[a-z][a-z0-9+.-]*://.*");

    private ConsulHttp() {}

    /** {@code 127.0.0.1:8500}, {@code http://[::1]:8500}, {@code https://127.0.0.1:8501}, {@code unix:///run/consul.sock}. */
    static URI parse(String text) throws ConfigException {
        return parse(text, false);
    }

    /** @param tls whether an address without a scheme is one of HTTPS */
    static URI parse(String text, boolean tls) throws ConfigException {
        if (text.regionMatches(true, 0, UNIX, 0, UNIX.length())) {
            return socket(text.substring(UNIX.length()), text);
        }
        if (!SCHEME.matcher(text).matches()) {
            return tls ? uri("https", HostPort.remote(text, 8501)) : uri("http", HostPort.remote(text, 8500));
        }
        Matcher url = URL.matcher(text);
        String scheme = url.matches() ? url.group(1).toLowerCase(Locale.ROOT) : "";
        return switch (scheme) {
            case "http" -> uri(scheme, HostPort.remote(url.group(2), 8500));
            case "https" -> uri(scheme, HostPort.remote(url.group(2), 8501));
            default ->
                throw new ConfigException(
                        "expected HOST:PORT or a URL without a path, like http://127.0.0.1:8500, or unix:///PATH; found \""
                                + Quoted.text(text) + "\"");
        };
    }

    private static URI socket(String path, String text) throws ConfigException {
        try {
            if (path.startsWith("/")) {
                return new URI(UNIX + path);
            }
        } catch (URISyntaxException notThatEither) {
            // Said below.
        }
        throw new ConfigException(
                "expected the path of a socket, like unix:///run/consul.sock; found \"" + Quoted.text(text) + "\"");
    }

    private static URI uri(String scheme, InetSocketAddress address) {
        return URI.create(scheme + "://" + HostPort.format(address));
    }
}
