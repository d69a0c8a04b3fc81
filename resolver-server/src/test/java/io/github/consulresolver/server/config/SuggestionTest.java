package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SuggestionTest {

    private static final List<String> KNOWN = List.of("listen", "recursors", "domain", "cache-size");

    @ParameterizedTest
    @CsvSource({"recurser, recursors", "lsiten, listen", "Domain, domain", "cachesize, cache-size", "listens, listen"})
    void a_slip_of_the_pen_finds_its_word(String written, String meant) {
        assertThat(Suggestion.nearest(written, KNOWN)).contains(meant);
    }

    @Test
    void a_word_that_is_near_to_nothing_finds_nothing() {
        assertThat(Suggestion.nearest("forward", KNOWN)).isEmpty();
        assertThat(Suggestion.nearest("", KNOWN)).isEmpty();
    }
}
