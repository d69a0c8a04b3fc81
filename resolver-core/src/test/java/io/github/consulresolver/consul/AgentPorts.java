package io.github.consulresolver.consul;

import java.util.LinkedHashSet;
import java.util.Set;

/** The ports of one agent on 127.0.0.1, each free for UDP and TCP when it was taken. */
record AgentPorts(int dns, int http, int server, int serfLan) {

    static AgentPorts free() {
        Set<Integer> found = new LinkedHashSet<>();
        while (found.size() < 4) {
            found.add(FreePort.find());
        }
        var ports = found.iterator();
        return new AgentPorts(ports.next(), ports.next(), ports.next(), ports.next());
    }
}
