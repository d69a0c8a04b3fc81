package io.github.consulresolver.consul;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.RemoteDockerImage;
import org.testcontainers.utility.DockerImageName;

/** Consul's public container image, for machines that have a Docker engine and no binary. */
record ConsulImage(String name, String version) implements Consul {

    static ConsulImage current() {
        return new ConsulImage("hashicorp/consul:1.20.6", "1.20.6");
    }

    /**
     * Whether an engine answers and has, or gets, the image. Where nothing hints at one, Testcontainers' own long search is
     * not begun.
     */
    static boolean canRun(Map<String, String> environment) {
        boolean hinted = environment.containsKey("DOCKER_HOST")
                || Stream.of(
                                "/var/run/docker.sock",
                                environment.getOrDefault("XDG_RUNTIME_DIR", "/run") + "/docker.sock",
                                environment.getOrDefault("HOME", "/") + "/.docker/run/docker.sock")
                        .anyMatch(socket -> Files.exists(Path.of(socket)));
        return hinted && hasImage(current().name());
    }

    private static boolean hasImage(String name) {
        try {
            return DockerClientFactory.instance().isDockerAvailable()
                    && new RemoteDockerImage(DockerImageName.parse(name)).get() != null;
        } catch (RuntimeException cannotBeFetched) {
            return false;
        }
    }

    @Override
    public AgentProcess agent(AgentPorts ports, String config) {
        return new ContainerProcess(this, ports, config);
    }
}
