package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.RunningServer;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.config.Setting;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code serve}: answers until it is told to end. */
final class ServeCommand implements Callable<Integer> {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this)
            .mixinStandardHelpOptions(true)
            .versionProvider(Version::lines);
    private final SettingFlags flags = SettingFlags.addTo(spec, Setting.ALL);

    CommandSpec spec() {
        spec.usageMessage()
                .abbreviateSynopsis(true)
                .sortOptions(false)
                .description("Serves DNS on this node until SIGTERM or SIGINT.")
                .footer(
                        "",
                        "Examples:",
                        "  As the node's resolver, before /etc/resolv.conf names 127.0.0.1:",
                        "    consul-resolver serve --recursor 10.0.0.2 --recursor 10.0.0.3",
                        "  Beside what is there, without root:",
                        "    consul-resolver serve --listen 127.0.0.1:8053",
                        "  For containers too:",
                        "    consul-resolver serve --listen 127.0.0.1 --listen 172.17.0.1",
                        "  From a file:",
                        "    consul-resolver serve --config /etc/consul-resolver.yaml");
        return spec;
    }

    @Override
    public Integer call() throws Exception {
        ServerConfig config = flags.read(Map.of());
        Logging.configure(config.logLevel());
        return GracefulExit.around(exit -> {
            RunningServer server = RunningServer.start(config);
            exit.close(server);
            server.keepRecursors();
            new Announcement(config, server)
                    .print(spec.commandLine().getOut(), HostPort.format(config.consul()), "consul.service");
            AgentCheck.start(config.consul(), config.domain());
        });
    }
}
