package io.github.consulresolver.pages;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What users may copy compiles: each example stands among the sources of this package, too, whatever its line breaks and spaces. */
final class PagesTest {
    private static final Pattern MARKDOWN =
            Pattern.compile("^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern JAVADOC = Pattern.compile("<pre>\\{@code\\n(.*?)}</pre>", Pattern.DOTALL);
    private static final Pattern LEADING_STAR = Pattern.compile("^ *\\* ?", Pattern.MULTILINE);

    private static final Path SOURCES = Path.of("src", "main", "java", "io", "github", "consulresolver");
    private static final Path EXAMPLES = Path.of("src", "test", "java", "io", "github", "consulresolver", "pages");

    @Test
    void every_example_of_the_librarys_page_compiles() throws IOException {
        assertThat(examples(MARKDOWN, Files.readString(Path.of("..", "docs", "library.md"))))
                .hasSizeGreaterThan(5)
                .allSatisfy(PagesTest::assertCompiled);
    }

    @Test
    void every_example_of_the_Javadoc_compiles() throws IOException {
        assertThat(examples(JAVADOC, LEADING_STAR.matcher(publicSources()).replaceAll("")))
                .hasSizeGreaterThan(5)
                .allSatisfy(PagesTest::assertCompiled);
    }

    /** Three dots in an example stand for what is left out. */
    private static void assertCompiled(String example) throws IOException {
        String compiled = Stream.of(example.split("\\.\\.\\."))
                .map(PagesTest::withoutSpace)
                .map(Pattern::quote)
                .collect(joining(".*?"));
        assertThat(withoutSpace(sources(EXAMPLES)))
                .as("%n%s%nmust be part of a source in %s", example, EXAMPLES)
                .containsPattern(Pattern.compile(compiled, Pattern.DOTALL));
    }

    private static List<String> examples(Pattern pattern, String page) {
        return pattern.matcher(page).results().map(found -> found.group(1)).toList();
    }

    private static String publicSources() throws IOException {
        return sources(SOURCES.resolve("discovery")) + sources(SOURCES.resolve("devagent"));
    }

    private static String sources(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .map(PagesTest::read)
                    .collect(joining());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String withoutSpace(String text) {
        return text.replaceAll("\\s", "");
    }
}
