package io.github.consulresolver.agent;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A reply of an agent's HTTP API.
 *
 * @param status the HTTP status
 * @param index where the catalog stood ({@code X-Consul-Index}); 0 where it does not say, or what it says is no number above 0
 * @param knownLeader false where it says that there is no leader
 * @param lastContact how long the server that answered had not heard of its leader
 * @param filtered whether access control may have left out some of it
 * @param streamed whether it is of what the agent itself keeps, as servers tell it of changes
 * @param translated whether addresses in other datacenters are those for outside of them
 * @param body what was made of the body; empty unless the status is 200
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/features/blocking">Consul: blocking queries</a>
 */
public record AgentReply<T>(
        int status,
        long index,
        boolean knownLeader,
        Duration lastContact,
        boolean filtered,
        boolean streamed,
        boolean translated,
        Optional<T> body) {

    /** One that was neither streamed nor translated. */
    public AgentReply(
            int status, long index, boolean knownLeader, Duration lastContact, boolean filtered, Optional<T> body) {
        this(status, index, knownLeader, lastContact, filtered, false, false, body);
    }

    /** @param headers with names in lower case */
    static <T> AgentReply<T> of(int status, Map<String, String> headers, Optional<T> body) {
        // A client agent of 1.20 that streams says that there is no leader, and there is one.
        boolean streamed = "streaming".equals(headers.get("x-consul-query-backend"));
        return new AgentReply<>(
                status,
                number(headers, "x-consul-index"),
                streamed || !is(headers, "x-consul-knownleader", "false"),
                Duration.ofMillis(number(headers, "x-consul-lastcontact")),
                is(headers, "x-consul-results-filtered-by-acls", "true"),
                streamed,
                headers.containsKey("x-consul-translate-addresses"),
                body);
    }

    private static boolean is(Map<String, String> headers, String name, String value) {
        return headers.getOrDefault(name, "").toLowerCase(Locale.ROOT).equals(value);
    }

    private static long number(Map<String, String> headers, String name) {
        try {
            return Math.max(0, Long.parseLong(headers.getOrDefault(name, "0")));
        } catch (NumberFormatException none) {
            return 0;
        }
    }
}
