package io.github.consulresolver.devagent;

import java.time.Duration;
import java.util.Map;
import org.xbill.DNS.Name;

/**
 * What the agent was started with.
 *
 * @param serviceTtls by service name, {@code prefix*} or {@code *}
 */
record Settings(Name domain, String datacenter, String nodeName, Duration nodeTtl, Map<String, Duration> serviceTtls) {
    /** Consul's default for {@code udp_answer_limit}. */
    static final int UDP_ANSWER_LIMIT = 3;

    /** DNS TTLs have whole seconds, Consul cuts off the rest. */
    long nodeSeconds() {
        return nodeTtl.toSeconds();
    }

    /** By Consul's rules for {@code service_ttl}: the exact name, else the longest prefix, else 0. */
    long serviceSeconds(String service) {
        Duration exact = serviceTtls.get(service);
        if (exact != null) {
            return exact.toSeconds();
        }
        long seconds = 0;
        int longest = -1;
        for (Map.Entry<String, Duration> entry : serviceTtls.entrySet()) {
            String key = entry.getKey();
            int prefix = key.length() - 1;
            if (key.endsWith("*") && prefix > longest && service.startsWith(key.substring(0, prefix))) {
                longest = prefix;
                seconds = entry.getValue().toSeconds();
            }
        }
        return seconds;
    }
}
