package io.github.consulresolver.server.config;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The address of the agent's HTTP API, as Consul's own {@code CONSUL_HTTP_ADDR} has it. */
final class ConsulHttp {

    private static final Pattern URL = Pattern.compile("(?i)([a-z][a-z0-9+.-]*)://([^/?#]*)/?");
    private static final Pattern SCHEME = Pattern.compile("(?i)[a-z][a-z0-9+.-]*://.*");

    private ConsulHttp() {}

    /** {@code 127.0.0.1:8500}, {@code http://[::1]:8500}, {@code https://127.0.0.1:8501}. */
    static URI parse(String text) throws ConfigException {
        if (!SCHEME.matcher(text).matches()) {
            return uri("http", HostPort.remote(text, 8500));
        }
        Matcher url = URL.matcher(text);
        String scheme = url.matches() ? url.group(1).toLowerCase(Locale.ROOT) : "";
        return switch (scheme) {
            case "http" -> uri(scheme, HostPort.remote(url.group(2), 8500));
            case "https" -> uri(scheme, HostPort.remote(url.group(2), 8501));
            default ->
                throw new ConfigException(
                        "expected HOST:PORT or a URL without a path, like http://127.0.0.1:8500; found \""
                                + Quoted.text(text) + "\"");
        };
    }

    private static URI uri(String scheme, InetSocketAddress address) {
        return URI.create(scheme + "://" + HostPort.format(address));
    }
}
