package io.github.consulresolver.devagent;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request that has been read whole.
 *
 * @param argument what follows the route's path, decoded
 */
record Request(String argument, Map<String, List<String>> parameters, byte[] body) {
    private static final int LARGEST_BODY = 512 * 1024;
    private static final Duration DEFAULT_WAIT = Duration.ofMinutes(5);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    static Request read(HttpExchange exchange, String argument) throws IOException, HttpFailure {
        byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
        if (body.length > LARGEST_BODY) {
            throw new HttpFailure(413, "Request body too large, max size: " + LARGEST_BODY + " bytes.");
        }
        Map<String, List<String>> parameters = new TreeMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            int equals = pair.indexOf('=');
            String key = decode(equals < 0 ? pair : pair.substring(0, equals));
            parameters
                    .computeIfAbsent(key, k -> new ArrayList<>())
                    .add(equals < 0 ? "" : decode(pair.substring(equals + 1)));
        }
        return new Request(decode(argument.replace("+", "%2B")), parameters, body);
    }

    private static String decode(String text) throws HttpFailure {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new HttpFailure(400, "invalid URL escape");
        }
    }

    boolean has(String parameter) {
        return parameters.containsKey(parameter);
    }

    /** The first value; empty if there is none. */
    String parameter(String name) {
        return all(name).stream().findFirst().orElse("");
    }

    List<String> all(String name) {
        return parameters.getOrDefault(name, List.of());
    }

    String argument(String missing) throws HttpFailure {
        if (argument.isEmpty()) {
            throw new HttpFailure(400, "Missing " + missing);
        }
        return argument;
    }

    /** There, and not false. */
    boolean flag(String parameter) throws HttpFailure {
        if (!has(parameter)) {
            return false;
        }
        return switch (parameter(parameter)) {
            case "", "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new HttpFailure(400, "Invalid value for ?" + parameter);
        };
    }

    /** The index after which a blocking query answers; 0 if it does not block. */
    long index() throws HttpFailure {
        String text = parameter("index");
        try {
            return text.isEmpty() ? 0 : Long.parseUnsignedLong(text);
        } catch (NumberFormatException malformed) {
            throw new HttpFailure(400, "Invalid index");
        }
    }

    /** How long a blocking query waits, without jitter. */
    Duration patience() throws HttpFailure {
        String text = parameter("wait");
        if (text.isEmpty()) {
            return DEFAULT_WAIT;
        }
        Optional<Duration> wait = GoDuration.parse(text);
        if (wait.isEmpty()) {
            throw new HttpFailure(400, "Invalid wait time");
        }
        return wait.get().isZero() ? DEFAULT_WAIT : min(wait.get(), LONGEST_WAIT);
    }

    String consistency() throws HttpFailure {
        if (has("stale") && has("consistent")) {
            throw new HttpFailure(400, "Cannot specify ?stale with ?consistent, conflicting semantics.");
        }
        return has("stale") ? "stale" : has("consistent") ? "consistent" : "leader";
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
