package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.ConfigReader;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.config.Setting;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The settings of the configuration as flags of a command. */
final class SettingFlags {

    private static final String CONFIG = "--config";

    private final CommandSpec command;
    private final List<Setting<?>> settings;

    private SettingFlags(CommandSpec command, List<Setting<?>> settings) {
        this.command = command;
        this.settings = settings;
    }

    /** Gives the command {@code --config} and a flag for each of these settings. */
    static SettingFlags addTo(CommandSpec command, List<Setting<?>> settings) {
        command.addOption(OptionSpec.builder(CONFIG)
                .paramLabel("FILE")
                .type(String.class)
                .description("A YAML file with the same settings; flags override it")
                .build());
        for (Setting<?> setting : settings) {
            OptionSpec.Builder option = OptionSpec.builder(setting.flag())
                    .paramLabel(setting.hint())
                    .description(setting.description());
            command.addOption(
                    setting.repeatable()
                            ? option.type(List.class)
                                    .auxiliaryTypes(String.class)
                                    .build()
                            : option.type(String.class).build());
        }
        return new SettingFlags(command, settings);
    }

    /** The configuration this command was given, with these values where it was given none. */
    ServerConfig read(Map<Setting<?>, List<String>> unlessGiven) throws ConfigException {
        ParseResult parsed = command.commandLine().getParseResult();
        Map<Setting<?>, List<String>> flags = new LinkedHashMap<>();
        for (Setting<?> setting : settings) {
            if (parsed.hasMatchedOption(setting.flag())) {
                flags.put(setting, parsed.matchedOption(setting.flag()).stringValues());
            }
        }
        String file = parsed.matchedOptionValue(CONFIG, "");
        return new ConfigReader(System.getenv())
                .read(file.isEmpty() ? Optional.empty() : Optional.of(path(file)), flags, unlessGiven);
    }

    private static Path path(String file) throws ConfigException {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new ConfigException(CONFIG + ": expected the path of a file");
        }
    }
}
