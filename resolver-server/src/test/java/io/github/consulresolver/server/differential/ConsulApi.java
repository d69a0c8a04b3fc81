package io.github.consulresolver.server.differential;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An agent's HTTP API.
 *
 * @param token an ACL token, or empty for none
 */
record ConsulApi(HttpClient client, InetSocketAddress address, String token) {

    private static final JsonFactory JSON = new JsonFactory();

    static ConsulApi of(InetSocketAddress address, String token) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return new ConsulApi(client, address, token);
    }

    /** Does what a catalogue's lines say: a method, a path and a JSON body. */
    void register(String catalogue) {
        for (String line : Table.lines(catalogue)) {
            String[] words = line.split("\\s+", 3);
            send(words[0], words[1], words[2]);
        }
    }

    /** Returns the body; anything but 200 is an {@link IllegalStateException} with Consul's words. */
    String send(String method, String path, String json) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + address.getHostString() + ":" + address.getPort() + path))
                .method(method, BodyPublishers.ofString(json))
                .header("X-Consul-Token", token)
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(
                        method + " " + path + " " + json + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until there is something at a path; {@link IllegalStateException} after half a minute. */
    void await(String path) {
        long start = System.nanoTime();
        String last = "nothing";
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
            try {
                last = send("GET", path, "");
                if (last.startsWith("[{")) {
                    return;
                }
            } catch (IllegalStateException notYet) {
                last = String.valueOf(notYet.getMessage());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new IllegalStateException("in vain waited for " + path + ": " + last);
    }

    /** The first text value of this name in a document. */
    static String value(String json, String field) {
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME
                        && parser.currentName().equals(field)) {
                    return parser.nextTextValue();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(json, e);
        }
        throw new IllegalArgumentException("no " + field + " in " + json);
    }
}
