package io.github.consulresolver.server.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** The settings of one YAML 1.2 file, each with its line and column. Values stay text: the settings give them meaning. */
final class YamlSettings {

    private static final long LARGEST_FILE = 1 << 20;

    private final Path file;

    private YamlSettings(Path file) {
        this.file = file;
    }

    /** Reads a file; one that is empty, or nothing but comments, has no settings. */
    static Map<Setting<?>, List<Written>> read(Path file) throws ConfigException {
        return new YamlSettings(file).settings();
    }

    private Map<Setting<?>, List<Written>> settings() throws ConfigException {
        Map<Setting<?>, List<Written>> settings = new LinkedHashMap<>();
        Map<String, Integer> lines = new LinkedHashMap<>();
        Optional<Node> root = compose(text());
        if (root.isEmpty() || isNull(root.get())) {
            return settings;
        }
        if (!(root.get() instanceof MappingNode mapping)) {
            throw error(root.get(), "expected settings, like \"domain: consul\"");
        }
        for (NodeTuple entry : mapping.getValue()) {
            Node keyNode = entry.getKeyNode();
            String key = keyNode instanceof ScalarNode scalar ? scalar.getValue() : "";
            Setting<?> setting = setting(keyNode, key);
            Integer first = lines.putIfAbsent(key, line(keyNode));
            if (first != null) {
                throw error(keyNode, "\"" + key + "\" is given twice, first in line " + first);
            }
            settings.put(setting, values(setting, entry.getValueNode()));
        }
        return settings;
    }

    private String text() throws ConfigException {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new ConfigException(file + ": too large for a configuration file");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": no such file");
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + ": expected UTF-8 text");
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read (" + reason(e) + ")");
        }
    }

    private Optional<Node> compose(String text) throws ConfigException {
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(file.toString())
                    .setSchema(new CoreSchema())
                    .setAllowNonScalarKeys(true)
                    .build();
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            String problem = Quoted.text(String.valueOf(e.getProblem()));
            throw e.getProblemMark()
                    .map(mark -> new ConfigException(place(mark) + ": not YAML: " + problem))
                    .orElseGet(() -> new ConfigException(file + ": not YAML: " + problem));
        } catch (YamlEngineException e) {
            throw new ConfigException(file + ": not YAML: " + Quoted.text(String.valueOf(e.getMessage())));
        }
    }

    private Setting<?> setting(Node node, String key) throws ConfigException {
        for (Setting<?> setting : Setting.ALL) {
            if (setting.key().equals(key)) {
                return setting;
            }
        }
        if (!(node instanceof ScalarNode)) {
            throw error(node, "expected the name of a setting, like \"domain: consul\"");
        }
        List<String> known = Setting.ALL.stream().map(Setting::key).toList();
        String meant = Suggestion.nearest(key, known)
                .map(nearest -> ", did you mean \"" + nearest + "\"?")
                .orElse("; known are " + String.join(", ", known));
        throw error(node, "unknown key \"" + Quoted.text(key) + "\"" + meant);
    }

    private List<Written> values(Setting<?> setting, Node node) throws ConfigException {
        if (node instanceof SequenceNode sequence && setting.repeatable()) {
            List<Written> values = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                values.add(value(setting, item));
            }
            return values;
        }
        if (node instanceof MappingNode mapping && setting.isMapping()) {
            List<Written> values = new ArrayList<>();
            for (NodeTuple entry : mapping.getValue()) {
                values.add(entry(setting, entry));
            }
            return values;
        }
        return List.of(value(setting, node));
    }

    /** A name and one value, or a list of them, written as a flag has it. */
    private Written entry(Setting<?> setting, NodeTuple entry) throws ConfigException {
        Written name = value(setting, entry.getKeyNode());
        List<String> values = new ArrayList<>();
        if (entry.getValueNode() instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                values.add(value(setting, item).text());
            }
        } else {
            values.add(value(setting, entry.getValueNode()).text());
        }
        return new Written(name.where(), name.text() + "=" + String.join(",", values));
    }

    private Written value(Setting<?> setting, Node node) throws ConfigException {
        if (node instanceof ScalarNode scalar && !isNull(node)) {
            return new Written(place(node) + setting.key(), scalar.getValue());
        }
        String expected = setting.repeatable() ? "expected one value or a list of them" : "expected one value";
        String found = node instanceof SequenceNode ? "a list" : node instanceof MappingNode ? "a mapping" : "nothing";
        throw error(node, setting.key() + ": " + expected + " (" + setting.hint() + "); found " + found);
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private ConfigException error(Node node, String message) {
        return new ConfigException(place(node) + message);
    }

    private String place(Node node) {
        return node.getStartMark().map(mark -> place(mark) + ": ").orElse(file + ": ");
    }

    private String place(Mark mark) {
        return file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "no permission" : Quoted.text(String.valueOf(e.getMessage()));
    }
}
