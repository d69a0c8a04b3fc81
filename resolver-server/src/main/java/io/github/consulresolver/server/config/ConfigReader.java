package io.github.consulresolver.server.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts the sources together: flags over the file over the defaults. */
public final class ConfigReader {

    private final Map<String, String> environment;

    /** Takes the defaults that come from the environment from here. */
    public ConfigReader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Reads the whole configuration. The file is checked to its end even where a flag overrides it; a flag replaces
     * the file's value, also where both are lists.
     *
     * @param file a YAML file of settings, or empty for none
     * @param flags the values given on the command line, by setting; at least one value each
     * @param unlessGiven values for settings that neither flag nor file has, in place of the usual defaults
     * @throws ConfigException naming the file, line and column, or the flag, and what was expected
     */
    public ServerConfig read(
            Optional<Path> file, Map<Setting<?>, List<String>> flags, Map<Setting<?>, List<String>> unlessGiven)
            throws ConfigException {
        ServerConfig.Builder builder = ServerConfig.builder(environment);
        apply(builder, written(unlessGiven));
        if (file.isPresent()) {
            apply(builder, YamlSettings.read(file.get()));
        }
        apply(builder, written(flags));
        return builder.build();
    }

    private static Map<Setting<?>, List<Written>> written(Map<Setting<?>, List<String>> flags) {
        Map<Setting<?>, List<Written>> written = new LinkedHashMap<>();
        flags.forEach((setting, values) -> written.put(
                setting,
                values.stream().map(value -> new Written(setting.flag(), value)).toList()));
        return written;
    }

    private static void apply(ServerConfig.Builder builder, Map<Setting<?>, List<Written>> written)
            throws ConfigException {
        for (Map.Entry<Setting<?>, List<Written>> entry : written.entrySet()) {
            entry.getKey().apply(builder, entry.getValue());
        }
    }
}
