package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.devagent.junit.FakeAgent;
import java.io.File;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.Resolver;

/** The application has names of its own to resolve, with the JDK and with dnsjava. */
class DnsjavaNeighbourTest {
    @RegisterExtension
    static final FakeAgent CONSUL = FakeAgent.start();

    @Test
    void what_the_application_has_set_for_its_own_use_of_dnsjava_stays_and_is_not_used() {
        Resolver before = Lookup.getDefaultResolver();
        AtomicInteger asked = new AtomicInteger();
        Resolver application = new CountingResolver(asked);
        Lookup.setDefaultResolver(application);
        CONSUL.register("orders", "10.0.0.1", 1);
        try (ServiceResolver resolver =
                ServiceResolver.builder().agents(CONSUL.dns()).build()) {
            assertThat(resolver.resolve("orders").instances()).hasSize(1);

            assertThat(Lookup.getDefaultResolver()).isSameAs(application);
            assertThat(asked).hasValue(0);
        } finally {
            Lookup.setDefaultResolver(before);
        }
    }

    @Test
    void the_names_of_the_jdk_are_resolved_by_the_jdk() throws Exception {
        assertThat(whoResolves()).isEqualTo("the JDK");
    }

    /** So the test above would see it. */
    @Test
    @EnabledForJreRange(minVersion = 18)
    void only_who_asks_for_it_has_them_resolved_by_dnsjava() throws Exception {
        assertThat(whoResolves("-Dorg.dnsjava.spi.enable=true")).isEqualTo("dnsjava");
    }

    private static String whoResolves(String... options) throws Exception {
        List<String> command = Stream.of(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString()),
                        Stream.of(options),
                        Stream.of("-cp", classPath(), DnsjavaProbe.class.getName()))
                .flatMap(part -> part)
                .toList();
        Process probe = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(probe.waitFor()).isZero();
        return said.lines().reduce("", (first, last) -> last);
    }

    /** All that this test has, also what it has as modules. */
    private static String classPath() throws Exception {
        URL own = Objects.requireNonNull(DnsjavaNeighbourTest.class.getResource("DnsjavaNeighbourTest.class"));
        Path tests = Path.of(own.toURI());
        for (int i = 0; i < DnsjavaNeighbourTest.class.getName().split("\\.", -1).length; i++) {
            tests = Objects.requireNonNull(tests.getParent());
        }
        return Stream.of(
                        tests.toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
