package io.github.consulresolver.server;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/operations.md} says of each thing that may happen which test proves it, and those tests are there. */
class OperationsPageTest {
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");

    @Test
    void every_test_that_it_names_is_there() throws IOException {
        Map<String, Set<String>> tests = tests();
        Matcher named = TEST.matcher(page());
        int count = 0;
        for (; named.find(); count++) {
            assertThat(tests).as(named.group()).containsKey(named.group(1));
            if (named.group(2) != null) {
                assertThat(tests.get(named.group(1))).as(named.group()).contains(named.group(2));
            }
        }
        assertThat(count).isGreaterThan(50);
    }

    @Test
    void every_row_names_a_test_or_says_why_there_is_none() throws IOException {
        List<String> rows = page().lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| When") && !line.startsWith("| ---"))
                .toList();

        assertThat(rows)
                .hasSizeGreaterThan(30)
                .allSatisfy(row -> assertThat(row).containsPattern(TEST.pattern() + "|a switch of the JVM \\|$"));
    }

    @Test
    void every_metric_that_it_names_is_documented() throws IOException {
        String documented = Files.readString(Path.of("..", "docs", "configuration.md"));
        Matcher metric = Pattern.compile(
                        "`((?:queries|upstream|cache|tcp|refreshes|hold_downs|coalesced|flights|loops|partial)\\w*)[`{]")
                .matcher(page());
        assertThat(metric.results().map(found -> found.group(1)).collect(toSet()))
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(documented).contains("`consul_resolver_" + name + "`"));
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "operations.md"));
    }

    /** The test methods of both modules, by the simple names of their classes. */
    private static Map<String, Set<String>> tests() throws IOException {
        Map<String, Set<String>> tests = new HashMap<>();
        for (Path module : List.of(Path.of("."), Path.of("..", "resolver-core"))) {
            Path classes = module.resolve(Path.of("target", "test-classes"));
            try (Stream<Path> files = Files.walk(classes)) {
                for (Path file : files.filter(path -> path.toString().endsWith("Test.class"))
                        .toList()) {
                    String path = classes.relativize(file).toString();
                    String name =
                            path.substring(0, path.length() - ".class".length()).replace(File.separatorChar, '.');
                    tests.computeIfAbsent(name.substring(name.lastIndexOf('.') + 1), first -> new HashSet<>())
                            .addAll(testsIn(name));
                }
            }
        }
        return tests;
    }

    private static Set<String> testsIn(String className) {
        try {
            Class<?> type = Class.forName(className, false, OperationsPageTest.class.getClassLoader());
            return Stream.of(type.getDeclaredMethods())
                    .filter(OperationsPageTest::isTest)
                    .map(Method::getName)
                    .collect(toSet());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        } catch (NoClassDefFoundError elsewhere) {
            // An adapter's, whose library is not here. The page is of the server, and names none.
            return Set.of();
        }
    }

    private static boolean isTest(Method method) {
        return Stream.of(method.getAnnotations())
                .anyMatch(annotation ->
                        annotation.annotationType().getPackageName().startsWith("org.junit.jupiter"));
    }
}
