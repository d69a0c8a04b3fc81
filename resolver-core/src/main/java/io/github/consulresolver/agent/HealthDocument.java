package io.github.consulresolver.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.consulresolver.agent.ServiceEntry.Addresses;
import io.github.consulresolver.agent.ServiceEntry.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Reads an agent's {@code /v1/health/service/<service>}, an entry at a time: it may be large. */
final class HealthDocument {
    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser parser;

    // Of the entry that is being read.
    private String node = "";
    private String datacenter = "";
    private Addresses ofNode = Addresses.NONE;
    private Addresses ofService = Addresses.NONE;
    private int port;
    private int passingWeight = 1;
    private int warningWeight = 1;
    private Status status = Status.PASSING;

    private HealthDocument(JsonParser parser) {
        this.parser = parser;
    }

    /** @throws IOException when it cannot be read, or is no list of entries */
    static List<ServiceEntry> read(InputStream in) throws IOException {
        try (JsonParser parser = JSON.createParser(in)) {
            List<ServiceEntry> entries = new ArrayList<>();
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("what came is no JSON array");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                entries.add(new HealthDocument(parser).entry());
            }
            return List.copyOf(entries);
        } catch (JsonProcessingException e) {
            // Its own message has several lines, and parts of what came.
            throw new IOException("what came is no JSON array", e);
        }
    }

    private ServiceEntry entry() throws IOException {
        fields(name -> {
            switch (name) {
                case "Node" -> fields(this::node);
                case "Service" -> fields(this::service);
                case "Checks" -> checks();
                default -> {}
            }
        });
        if (node.isEmpty() || datacenter.isEmpty()) {
            throw new IOException("what came has an instance without a node");
        }
        return new ServiceEntry(node, datacenter, ofNode, ofService, port, status, passingWeight, warningWeight);
    }

    private void node(String name) throws IOException {
        switch (name) {
            case "Node" -> node = text();
            case "Datacenter" -> datacenter = text();
            case "Address" -> ofNode = new Addresses(text(), ofNode.lanIpv4(), ofNode.lanIpv6());
            case "TaggedAddresses" -> fields(tag -> ofNode = tagged(ofNode, tag, text()));
            default -> {}
        }
    }

    private void service(String name) throws IOException {
        switch (name) {
            case "Address" -> ofService = new Addresses(text(), ofService.lanIpv4(), ofService.lanIpv6());
            case "Port" -> port = number();
            case "TaggedAddresses" ->
                fields(tag -> fields(field -> {
                    if (field.equals("Address")) {
                        ofService = tagged(ofService, tag, text());
                    }
                }));
            case "Weights" ->
                fields(weight -> {
                    switch (weight) {
                        case "Passing" -> passingWeight = number();
                        case "Warning" -> warningWeight = number();
                        default -> {}
                    }
                });
            default -> {}
        }
    }

    private void checks() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            fields(name -> {
                if (name.equals("Status")) {
                    Status one = status(text());
                    status = one.compareTo(status) > 0 ? one : status;
                }
            });
        }
    }

    private static Status status(String word) {
        return switch (word) {
            case "critical" -> Status.CRITICAL;
            case "warning" -> Status.WARNING;
            default -> Status.PASSING;
        };
    }

    private static Addresses tagged(Addresses addresses, String tag, String address) {
        return switch (tag) {
            case "lan_ipv4" -> new Addresses(addresses.plain(), address, addresses.lanIpv6());
            case "lan_ipv6" -> new Addresses(addresses.plain(), addresses.lanIpv4(), address);
            default -> addresses;
        };
    }

    private interface Field {
        void read(String name) throws IOException;
    }

    /** Reads the object the parser is at, a field at a time; what is none, null above all, has no fields. */
    private void fields(Field field) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            field.read(name);
            parser.skipChildren();
        }
    }

    private String text() throws IOException {
        return parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
    }

    /** What DNS has 16 bits for. */
    private int number() throws IOException {
        int number = parser.currentToken() == JsonToken.VALUE_NUMBER_INT ? parser.getValueAsInt(-1) : -1;
        if (number < 0 || number > 0xffff) {
            throw new IOException("what came has a port or weight that is none");
        }
        return number;
    }
}
