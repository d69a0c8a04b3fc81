package io.github.consulresolver.server.cli;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.server.RunningServer;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.config.Setting;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** {@code dev}: serves the names of an agent in memory, to try things without a Consul. */
final class DevCommand implements Callable<Integer> {

    private static final int USUAL_HTTP_PORT = 8500;

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this)
            .mixinStandardHelpOptions(true)
            .versionProvider(Version::lines);
    private final SettingFlags flags = SettingFlags.addTo(
            spec,
            Setting.ALL.stream()
                    .filter(setting -> !setting.flag().startsWith("--consul"))
                    .toList());

    CommandSpec spec() {
        spec.usageMessage()
                .abbreviateSynopsis(true)
                .sortOptions(false)
                .description(
                        "Serves demonstration services from an in-memory Consul agent, on 127.0.0.1:8053 unless told"
                                + " otherwise. Services come and go by Consul's own HTTP calls; at the end all is forgotten.")
                .footer(
                        "",
                        "Examples:",
                        "  consul-resolver dev",
                        "  consul-resolver dev --listen 127.0.0.1:5353 --domain consul.example");
        return spec;
    }

    @Override
    public Integer call() throws Exception {
        ServerConfig given = flags.read(Setting.ALL.stream()
                .filter(setting -> setting.key().equals("listen"))
                .collect(Collectors.toMap(setting -> setting, setting -> List.of("127.0.0.1:8053"))));
        Logging.configure(given.logLevel());
        return GracefulExit.around(exit -> start(given, exit, spec.commandLine().getOut()));
    }

    private static void start(ServerConfig given, GracefulExit exit, PrintWriter out) throws Exception {
        DevAgent agent = agent(given.domain());
        try {
            ServerConfig config = given.withAgent(agent.dnsAddress(), agent.httpUri());
            RunningServer server = RunningServer.start(config);
            exit.close(server);
            new Announcement(config, server)
                    .print(
                            out,
                            "an agent in memory (DNS " + HostPort.format(agent.dnsAddress()) + ", HTTP "
                                    + HostPort.format(agent.httpAddress()) + ")",
                            "orders.service");
            String call = "curl -X PUT " + agent.httpUri() + "/v1/agent/service/";
            out.println("Change:    " + call + "register -d '{\"Name\": \"orders\", \"ID\": \"orders-4\","
                    + " \"Address\": \"192.0.2.24\", \"Port\": 8084}'");
            out.println("           " + call + "deregister/orders-4");
            out.flush();
        } finally {
            exit.close(agent);
        }
    }

    /** On Consul's own HTTP port where that is free, so that Consul's tools find it. */
    private static DevAgent agent(String domain) {
        DevAgent.Builder builder = DevAgent.builder().domain(domain).withDemonstrationServices();
        try {
            return builder.http(new InetSocketAddress(InetAddress.getLoopbackAddress(), USUAL_HTTP_PORT))
                    .start();
        } catch (UncheckedIOException e) {
            return builder.http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .start();
        }
    }
}
