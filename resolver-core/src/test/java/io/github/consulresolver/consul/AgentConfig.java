package io.github.consulresolver.consul;

/** The configuration that each agent has in common: one server on loopback that becomes leader quickly. */
record AgentConfig(String version, AgentPorts ports, String dataDirectory) {

    String json() {
        return """
                {
                  "bind_addr": "127.0.0.1",
                  "client_addr": "127.0.0.1",
                  "data_dir": "%s",
                  "node_name": "consul-test",
                  "server": true,
                  "bootstrap_expect": 1,
                  "disable_update_check": true,
                  "log_level": "WARN",
                  "performance": {"raft_multiplier": 1},
                  "ports": {
                    "dns": %d, "http": %d, "server": %d, "serf_lan": %d,
                    "serf_wan": -1, "https": -1, "grpc": -1%s
                  }
                }
                """.formatted(
                        dataDirectory,
                        ports.dns(),
                        ports.http(),
                        ports.server(),
                        ports.serfLan(),
                        // Servers listen on 8503 unless told not to; older ones refuse a key that they do not know.
                        isAtLeast(1, 14) ? ", \"grpc_tls\": -1" : "");
    }

    private boolean isAtLeast(int major, int minor) {
        String[] parts = version.split("\\.", 3);
        int ownMajor = Integer.parseInt(parts[0]);
        return ownMajor > major || (ownMajor == major && Integer.parseInt(parts[1]) >= minor);
    }
}
