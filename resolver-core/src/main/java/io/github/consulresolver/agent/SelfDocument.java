package io.github.consulresolver.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads an agent's {@code /v1/agent/self}. The settings are in its {@code DebugConfig}, of which Consul promises nothing: whatever is not
 * there, or is not what it was, stays unknown.
 */
final class SelfDocument implements Document<AgentSettings> {
    /** What an agent says of itself takes about 10 KB. */
    private static final int LARGEST = 4 << 20;

    private static final JsonFactory JSON = new JsonFactory();

    private Optional<String> datacenter = Optional.empty();
    private Optional<String> domain = Optional.empty();
    private Optional<String> altDomain = Optional.empty();
    private OptionalInt udpAnswerLimit = OptionalInt.empty();
    private OptionalInt aRecordLimit = OptionalInt.empty();
    private Optional<Boolean> enableTruncate = Optional.empty();
    private Optional<Boolean> onlyPassing = Optional.empty();
    private Optional<Boolean> aclsEnabled = Optional.empty();

    private OptionalInt nodes = OptionalInt.empty();

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    @Override
    public void take(ByteBuffer part) throws IOException {
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        body.writeBytes(bytes);
        if (body.size() > LARGEST) {
            throw new IOException("a body of more than " + LARGEST + " bytes");
        }
    }

    /** @throws IOException when it cannot be read, is no JSON object, or has no DNS settings at all */
    @Override
    public AgentSettings end() throws IOException {
        try (JsonParser parser = JSON.createParser(body.toByteArray())) {
            sections(parser);
        } catch (JsonProcessingException e) {
            // Its own message has several lines, and parts of what came.
            throw new IOException("what came is no JSON object", e);
        }
        // How many agents there are says nothing of its settings.
        if (found(OptionalInt.empty()).equals(AgentSettings.UNKNOWN)) {
            throw new IOException("what came has no DNS settings in it");
        }
        return found(nodes);
    }

    private AgentSettings found(OptionalInt agents) {
        return new AgentSettings(
                datacenter,
                domain,
                altDomain,
                udpAnswerLimit,
                aRecordLimit,
                enableTruncate,
                onlyPassing,
                aclsEnabled,
                agents);
    }

    private void sections(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("what came is no JSON object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
            if (isObject && name.equals("DebugConfig")) {
                settings(parser);
            } else if (isObject && name.equals("Stats")) {
                stats(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void stats(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean serf = parser.currentName().equals("serf_lan");
            if (parser.nextToken() == JsonToken.START_OBJECT && serf) {
                serf(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void serf(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean members = parser.currentName().equals("members");
            parser.nextToken();
            if (members && parser.currentToken() == JsonToken.VALUE_STRING) {
                // It comes as a text. Each agent that joins or leaves would be news.
                int number = Math.min(parser.getValueAsInt(0), 1 << 30);
                nodes = number < 1 ? OptionalInt.empty() : OptionalInt.of(powerOfTwo(number));
            }
            parser.skipChildren();
        }
    }

    private static int powerOfTwo(int least) {
        return least == 1 ? 1 : Integer.highestOneBit(least - 1) << 1;
    }

    private void settings(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "Datacenter" -> datacenter = name(parser);
                case "DNSDomain" -> domain = name(parser);
                case "DNSAltDomain" -> altDomain = name(parser);
                case "DNSUDPAnswerLimit" -> udpAnswerLimit = number(parser);
                case "DNSARecordLimit" -> aRecordLimit = number(parser);
                case "DNSEnableTruncate" -> enableTruncate = flag(parser);
                case "DNSOnlyPassing" -> onlyPassing = flag(parser);
                case "ACLsEnabled" -> aclsEnabled = flag(parser);
                default -> {}
            }
            parser.skipChildren();
        }
    }

    private static Optional<String> name(JsonParser parser) throws IOException {
        String text = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        return name.isEmpty() ? Optional.empty() : Optional.of(name.toLowerCase(Locale.ROOT));
    }

    private static OptionalInt number(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            return OptionalInt.empty();
        }
        long number = parser.getValueAsLong(-1);
        return number < 0 || number > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) number);
    }

    private static Optional<Boolean> flag(JsonParser parser) {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> Optional.of(true);
            case VALUE_FALSE -> Optional.of(false);
            default -> Optional.empty();
        };
    }
}
