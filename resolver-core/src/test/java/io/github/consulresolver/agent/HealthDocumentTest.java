package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthDocumentTest {
    private static final String NODE = "{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}}";

    private static List<ServiceEntry> read(String text, int part) throws IOException {
        HealthDocument document = new HealthDocument();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += part) {
            document.take(ByteBuffer.wrap(bytes, from, Math.min(part, bytes.length - from)));
        }
        return document.end();
    }

    private static List<ServiceEntry> read(String text) throws IOException {
        return read(text, 1000);
    }

    @Test
    void what_comes_a_byte_at_a_time_is_the_same() throws IOException {
        String text = """
                [{"Node": {"Node": "größer", "Address": "10.0.0.1", "Datacenter": "dc1"},
                  "Service": {"Tags": ["a", "ü"], "Port": 65535, "Weights": {"Passing": 10, "Warning": 3}},
                  "Checks": [{"Status": "warning"}]}, %s]
                """.formatted(NODE);

        assertThat(read(text, 1)).isEqualTo(read(text)).hasSize(2).first().satisfies(entry -> {
            assertThat(entry.node()).isEqualTo("größer");
            assertThat(entry.tags()).containsExactly("a", "ü");
            assertThat(entry.port()).isEqualTo(65535);
            assertThat(entry.passingWeight()).isEqualTo(10);
            assertThat(entry.status()).isEqualTo(ServiceEntry.Status.WARNING);
        });
    }

    @Test
    void a_service_without_instances_is_an_empty_list() throws IOException {
        assertThat(read("[]")).isEmpty();
    }

    @Test
    void what_is_of_another_kind_than_it_should_be_is_as_if_it_were_missing() throws IOException {
        String text = """
                [{"Node": {"Node": "n", "Datacenter": "dc1", "Address": 5, "TaggedAddresses": [{"lan_ipv4": "no"}]},
                  "Service": {"Tags": {"0": "no"}, "Address": {"x": "no"}, "Weights": null, "TaggedAddresses": {"lan_ipv4": "no"}},
                  "Checks": {"Status": "critical"}, "Unknown": [[{"Node": {"Node": "no"}}]]}]
                """;

        assertThat(read(text)).isEqualTo(read("[" + NODE + "]"));
    }

    @Test
    void each_entry_begins_with_nothing_of_the_one_before() throws IOException {
        String text = """
                [{"Node": {"Node": "n", "Datacenter": "dc1"}, "Service": {"Port": 80, "Tags": ["a"]}}, %s]
                """.formatted(NODE);

        assertThat(read(text).get(1)).isEqualTo(read("[" + NODE + "]").get(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "5",
                "[",
                "[1]",
                "[[]]",
                "[{}]",
                "[null]",
                "[]]",
                "[] []",
                "[] x",
                "[{\"Node\": ",
                "[{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}}",
                "[{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}, \"Service\": {\"Port\": 65536}}]",
                "[{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}, \"Service\": {\"Port\": null}}]",
                "[{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}, \"Service\": {\"Weights\": {\"Passing\": -1}}}]",
                "<html>",
                "[{\"Node\": {\"Node\": \"n\"}}]"
            })
    void what_is_no_list_of_entries_is_said_in_one_line(String text) {
        assertThatThrownBy(() -> read(text, 3))
                .isInstanceOf(IOException.class)
                .message()
                .startsWith("what came ")
                .hasLineCount(1);
    }

    @Test
    void what_is_nested_without_end_is_not_followed() {
        assertThatThrownBy(() -> read("[" + "[".repeat(100_000))).isInstanceOf(IOException.class);
    }

    private static List<ServiceEntry> readNode(String text) throws IOException {
        HealthDocument document = HealthDocument.ofNode();
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            document.take(ByteBuffer.wrap(new byte[] {one}));
        }
        return document.end();
    }

    @Test
    void a_node_is_an_entry_without_a_service() throws IOException {
        String text = """
                {"Node": {"Node": "N1", "Address": "10.0.0.1", "Datacenter": "dc1", "Meta": {"rack": "7"},
                          "TaggedAddresses": {"lan_ipv6": "fd00::1"}},
                 "Services": {"Node": {"Node": "no", "Address": "no"}, "Service": {"Address": "no", "Port": 80, "Tags": ["no"]}}}
                """;

        assertThat(readNode(text)).singleElement().satisfies(entry -> {
            assertThat(entry.node()).isEqualTo("N1");
            assertThat(entry.ofNode()).isEqualTo(new ServiceEntry.Addresses("10.0.0.1", "", "fd00::1"));
            assertThat(entry.ofService()).isEqualTo(ServiceEntry.Addresses.NONE);
            assertThat(entry.nodeMeta()).containsExactly("rack=7");
            assertThat(entry.port()).isZero();
        });
    }

    @Test
    void a_node_that_is_not_there_is_null() throws IOException {
        assertThat(readNode("null ")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nul",
                "[]",
                "{}",
                "5",
                "null null",
                "{\"Node\": null}",
                "{\"Node\": {\"Node\": \"n\"",
                "null]"
            })
    void what_is_no_node_is_an_error_of_one_line(String text) {
        assertThatThrownBy(() -> readNode(text))
                .isInstanceOf(IOException.class)
                .message()
                .hasLineCount(1);
    }
}
