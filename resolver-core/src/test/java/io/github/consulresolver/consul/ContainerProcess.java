package io.github.consulresolver.consul;

import com.github.dockerjava.api.DockerClient;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * An agent in a container that shares this machine's network: it then listens on the same ports, and reaches the same
 * recursors on loopback, as one that is a child process.
 */
final class ContainerProcess implements AgentProcess {

    private final GenericContainer<?> container;
    private boolean created;
    private boolean paused;

    ContainerProcess(ConsulImage image, AgentPorts ports, String config) {
        String common = new AgentConfig(image.version(), ports, "/consul/data").json();
        container = new GenericContainer<>(DockerImageName.parse(image.name()))
                .withNetworkMode("host")
                .withCopyToContainer(Transferable.of(common), "/consul/config/1-test.json")
                .withCopyToContainer(Transferable.of(config), "/consul/config/2-class.json")
                .withCommand("agent");
    }

    @Override
    public void start() {
        if (created) {
            docker().startContainerCmd(container.getContainerId()).exec();
        } else {
            container.start();
            created = true;
        }
    }

    @Override
    public boolean isAlive() {
        return created && container.isRunning();
    }

    @Override
    public void pause() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
        paused = true;
    }

    @Override
    public void resume() {
        docker().unpauseContainerCmd(container.getContainerId()).exec();
        paused = false;
    }

    @Override
    public void kill() {
        // An engine refuses to kill what is paused.
        if (paused) {
            resume();
        }
        if (isAlive()) {
            docker().killContainerCmd(container.getContainerId()).exec();
        }
    }

    @Override
    public void wipe() {
        // Its data is its own: the next one begins without.
        container.stop();
        created = false;
    }

    @Override
    public String log() {
        return created ? container.getLogs() : "";
    }

    @Override
    public void close() {
        if (paused) {
            resume();
        }
        container.stop();
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }
}
