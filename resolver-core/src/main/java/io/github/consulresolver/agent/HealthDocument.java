package io.github.consulresolver.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteBufferFeeder;
import io.github.consulresolver.agent.ServiceEntry.Addresses;
import io.github.consulresolver.agent.ServiceEntry.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an agent's {@code /v1/health/service/<service>} as it comes: it may be large, and of each entry little is kept. Or its {@code
 * /v1/catalog/node/<node>}: that is one entry without a service, or null.
 *
 * <p>Each value is known by its path below the entry, {@code Service.TaggedAddresses.lan_ipv4.Address}; an array on the way is an empty
 * name. What has another path, or is not of the kind that belongs there, null above all, is as if it were missing.
 */
public final class HealthDocument implements Document<List<ServiceEntry>> {
    /** What a body may have, in bytes: an instance with its checks takes 1 to 2 KB, and there are services of thousands. It is read as it comes. */
    static final long LARGEST = 64 << 20;

    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser parser;
    private final ByteBufferFeeder feeder;
    private final List<ServiceEntry> entries = new ArrayList<>();
    /** The names on the way to where the parser is: of the list, the entry, and what lies in it. */
    private final List<String> path = new ArrayList<>();

    /** Whether the body is one entry, and not a list. */
    private final boolean alone;

    private boolean ended;
    private Entry entry = new Entry();

    /** One for one body. */
    public HealthDocument() {
        this(false);
    }

    /** One for the body that is of one node: an entry that has neither a service nor checks, or none. */
    public static HealthDocument ofNode() {
        return new HealthDocument(true);
    }

    private HealthDocument(boolean alone) {
        this.alone = alone;
        if (alone) {
            path.add("");
        }
        try {
            parser = JSON.createNonBlockingByteBufferParser();
        } catch (IOException impossible) {
            throw new IllegalStateException("a parser that reads nothing yet", impossible);
        }
        feeder = (ByteBufferFeeder) parser.getNonBlockingInputFeeder();
    }

    @Override
    public void take(ByteBuffer part) throws IOException {
        try {
            if (part.hasRemaining()) {
                feeder.feedInput(part.slice());
                part.position(part.limit());
                tokens();
            }
        } catch (JsonProcessingException e) {
            throw noList(e);
        }
    }

    @Override
    public List<ServiceEntry> end() throws IOException {
        try {
            feeder.endOfInput();
            tokens();
        } catch (JsonProcessingException e) {
            throw noList(e);
        }
        if (!ended) {
            throw noList(null);
        }
        return List.copyOf(entries);
    }

    /** Its own message has several lines, and parts of what came. */
    private static IOException noList(@Nullable Throwable cause) {
        return new IOException("what came is no JSON array", cause);
    }

    private void tokens() throws IOException {
        for (JsonToken token = parser.nextToken();
                token != null && token != JsonToken.NOT_AVAILABLE;
                token = parser.nextToken()) {
            token(token);
        }
    }

    private void token(JsonToken token) throws IOException {
        int depth = path.size();
        if (alone && !ended && depth == 1 && token == JsonToken.VALUE_NULL) {
            ended = true;
            return;
        }
        if (ended || depth == 0 && token != JsonToken.START_ARRAY) {
            throw noList(null);
        }
        if (token.isStructStart()) {
            path.add("");
        } else if (token.isStructEnd()) {
            path.remove(depth - 1);
        } else if (token == JsonToken.FIELD_NAME) {
            path.set(depth - 1, parser.currentName());
        } else if (depth > 1) {
            entry.value(String.join(".", path.subList(1, depth)), parser);
        }
        if (path.size() == 1 && token != JsonToken.START_ARRAY) {
            entries.add(entry.made());
            entry = new Entry();
        }
        ended = path.size() == (alone ? 1 : 0);
    }

    /** What is known of an entry so far. */
    private static final class Entry {
        private static final String NODE_META = "Node.Meta.";

        private String node = "";
        private String datacenter = "";
        private final List<String> nodeMeta = new ArrayList<>();
        private Addresses ofNode = Addresses.NONE;
        private Addresses ofService = Addresses.NONE;
        private int port;
        private final List<String> tags = new ArrayList<>();
        private int passingWeight = 1;
        private int warningWeight = 1;
        private Status status = Status.PASSING;

        void value(String path, JsonParser value) throws IOException {
            switch (path) {
                case "Node.Node" -> node = text(value);
                case "Node.Datacenter" -> datacenter = text(value);
                case "Node.Address" -> ofNode = ofNode.withPlain(text(value));
                case "Node.TaggedAddresses.lan_ipv4" -> ofNode = ofNode.withLanIpv4(text(value));
                case "Node.TaggedAddresses.lan_ipv6" -> ofNode = ofNode.withLanIpv6(text(value));
                case "Service.Address" -> ofService = ofService.withPlain(text(value));
                case "Service.TaggedAddresses.lan_ipv4.Address" -> ofService = ofService.withLanIpv4(text(value));
                case "Service.TaggedAddresses.lan_ipv6.Address" -> ofService = ofService.withLanIpv6(text(value));
                case "Service.Port" -> port = number(value);
                case "Service.Tags." -> tags.add(text(value));
                case "Service.Weights.Passing" -> passingWeight = number(value);
                case "Service.Weights.Warning" -> warningWeight = number(value);
                case "Checks..Status" -> {
                    Status one = status(text(value));
                    status = one.compareTo(status) > 0 ? one : status;
                }
                default -> {
                    if (path.startsWith(NODE_META)) {
                        nodeMeta.add(path.substring(NODE_META.length()) + "=" + text(value));
                    }
                }
            }
        }

        private static String text(JsonParser value) throws IOException {
            return value.currentToken() == JsonToken.VALUE_STRING ? value.getText() : "";
        }

        /** What DNS has 16 bits for. */
        private static int number(JsonParser value) throws IOException {
            int number = value.currentToken() == JsonToken.VALUE_NUMBER_INT ? value.getValueAsInt(-1) : -1;
            if (number < 0 || number > 0xffff) {
                throw new IOException("what came has a port or weight that is none");
            }
            return number;
        }

        private static Status status(String word) {
            return switch (word) {
                case "critical" -> Status.CRITICAL;
                case "warning" -> Status.WARNING;
                default -> Status.PASSING;
            };
        }

        ServiceEntry made() throws IOException {
            if (node.isEmpty() || datacenter.isEmpty()) {
                throw new IOException("what came has an instance without a node");
            }
            return new ServiceEntry(
                    node,
                    datacenter,
                    List.copyOf(nodeMeta),
                    ofNode,
                    ofService,
                    port,
                    List.copyOf(tags),
                    status,
                    passingWeight,
                    warningWeight);
        }
    }
}
