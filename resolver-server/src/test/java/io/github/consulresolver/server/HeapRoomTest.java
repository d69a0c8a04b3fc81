package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.server.config.ServerConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeapRoomTest {
    private static final long MB = 1 << 20;

    @Test
    void the_default_cache_fits_into_the_heap_that_script_server_gives() {
        assertThatCode(() -> HeapRoom.check(ServerConfig.builder(Map.of()).build(), 127 * MB))
                .doesNotThrowAnyException();
    }

    @Test
    void a_heap_that_the_cache_could_fill_is_told_with_what_to_set() {
        ServerConfig.Builder config =
                ServerConfig.builder(Map.of()).cacheSize(100 * MB).negativeCacheSize(10 * MB);

        assertThatThrownBy(() -> HeapRoom.check(config.build(), 120 * MB))
                .isInstanceOf(StartException.class)
                .hasMessage("The Java heap of 120 MB has no room for the cache: --cache-size 100m and"
                        + " --negative-cache-size 10m need 126 MB of it. Start Java with -Xmx127m, or choose a smaller"
                        + " --cache-size");
    }

    @Test
    void a_smaller_cache_needs_a_smaller_heap() {
        ServerConfig.Builder config =
                ServerConfig.builder(Map.of()).cacheSize(4 * MB).negativeCacheSize(MB);

        assertThatCode(() -> HeapRoom.check(config.build(), 24 * MB)).doesNotThrowAnyException();
    }
}
