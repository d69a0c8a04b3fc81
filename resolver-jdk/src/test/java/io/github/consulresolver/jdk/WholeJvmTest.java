package io.github.consulresolver.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.devagent.junit.FakeAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JDK makes of the provider, in a JVM of its own: the JDK asks for it once, before any test could set a property. */
class WholeJvmTest {
    @RegisterExtension
    static final FakeAgent consul = FakeAgent.start();

    /** Runs {@link Lookups} with this test's class path, where dnsjava with its own provider comes after ours. */
    private static List<String> lookUp(String... hosts) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dconsul.resolver.agents=" + consul.dns(),
                "-Dconsul.resolver.http=" + consul.http(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Lookups.class.getName()));
        command.addAll(List.of(hosts));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            return output.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void a_program_that_knows_nothing_of_consul_finds_services_and_hosts() throws Exception {
        consul.register(ServiceRegistration.of("orders", 8080).address("10.0.0.7"));

        assertThat(lookUp("orders.service.consul", "nothing.service.consul", "localhost"))
                .satisfiesExactly(
                        orders -> assertThat(orders).isEqualTo("orders.service.consul/10.0.0.7"),
                        nothing -> assertThat(nothing).isEqualTo("nothing.service.consul is unknown"),
                        localhost -> assertThat(localhost).startsWith("localhost/"));
    }
}
