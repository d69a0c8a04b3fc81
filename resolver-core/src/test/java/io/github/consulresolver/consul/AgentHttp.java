package io.github.consulresolver.consul;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An agent's HTTP API as far as tests need it: texts there and back. */
final class AgentHttp {

    private static final JsonFactory JSON = new JsonFactory();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final InetSocketAddress address;

    AgentHttp(InetSocketAddress address) {
        this.address = address;
    }

    String get(String path) {
        return body(path, HttpRequest.newBuilder().GET());
    }

    String put(String path, String json) {
        return body(path, HttpRequest.newBuilder().PUT(BodyPublishers.ofString(json)));
    }

    String post(String path, String json) {
        return body(path, HttpRequest.newBuilder().POST(BodyPublishers.ofString(json)));
    }

    /** Whether the agent answers this with 200, and with {@code text} somewhere in it. */
    boolean tells(String path, String text) {
        return told(path).contains(text);
    }

    /** What the agent answers with 200; empty where it does not. */
    String told(String path) {
        try {
            HttpResponse<String> response = send(path, HttpRequest.newBuilder().GET());
            return response.statusCode() == 200 ? response.body() : "";
        } catch (IOException notYet) {
            return "";
        }
    }

    private String body(String path, HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = send(path, request);
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    private HttpResponse<String> send(String path, HttpRequest.Builder request) throws IOException {
        URI uri = URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
        try {
            return client.send(request.uri(uri).timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The text values of all fields of this name in a document, at any depth. */
    static List<String> values(String json, String field) {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals(field)) {
                    values.add(parser.nextTextValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(json, e);
        }
        return values;
    }

    static String json(Document document) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            document.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    interface Document {
        void write(JsonGenerator json) throws IOException;
    }
}
