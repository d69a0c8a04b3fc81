package io.github.consulresolver.server.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * What {@code /health} tells. Immutable.
 *
 * @param listen where questions are answered
 * @param consul the agent that is asked
 * @param recursors who is asked for all other names
 */
public record Health(List<String> listen, String consul, List<String> recursors) {

    /** Copies the lists. */
    public Health {
        listen = List.copyOf(listen);
        recursors = List.copyOf(recursors);
    }

    String toJson() {
        StringWriter json = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(json)) {
            out.writeStartObject();
            out.writeStringField("status", "up");
            writeList(out, "listen", listen);
            out.writeStringField("consul", consul);
            writeList(out, "recursors", recursors);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string can be written to", e);
        }
        return json + "\n";
    }

    private static void writeList(JsonGenerator out, String name, List<String> values) throws IOException {
        out.writeArrayFieldStart(name);
        for (String value : values) {
            out.writeString(value);
        }
        out.writeEndArray();
    }
}
