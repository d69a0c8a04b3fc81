package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.StartException;
import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.Suggestion;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. */
public final class Main {

    private static final int CANNOT_START = 1;
    private static final int USAGE = 2;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        // Netty would load Java Flight Recorder to report its buffers there: a tenth of the start, and some megabytes.
        System.setProperty("io.netty.jfr.enabled", System.getProperty("io.netty.jfr.enabled", "false"));
        int exitCode = run(writer(System.out), writer(System.err), args);
        System.exit(exitCode);
    }

    /** Runs one command in this process. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine program = new CommandLine(spec());
        program.setOut(out);
        program.setErr(err);
        program.setParameterExceptionHandler((mistake, ignored) -> usageMistake(mistake, err));
        program.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, err));
        program.setUsageHelpAutoWidth(true);
        return program.execute(args);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, Charset.defaultCharset());
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("consul-resolver").mixinStandardHelpOptions(true);
        spec.versionProvider(Version::lines);
        spec.usageMessage()
                .description(
                        "Answers DNS for a node: names under Consul from the local agent, all others from recursors.")
                .synopsisSubcommandLabel("COMMAND")
                .footer(
                        "",
                        "Examples:",
                        "  consul-resolver serve --recursor 10.0.0.2 --recursor 10.0.0.3",
                        "  consul-resolver serve --listen 127.0.0.1:8053 --consul 127.0.0.1:8600",
                        "  consul-resolver dev",
                        "  consul-resolver query orders.service.consul SRV --server 127.0.0.1:8053",
                        "",
                        "consul-resolver COMMAND --help tells more.");
        spec.addSubcommand("serve", new CommandLine(new ServeCommand().spec()));
        spec.addSubcommand("dev", new CommandLine(new DevCommand().spec()));
        spec.addSubcommand("query", new CommandLine(new QueryCommand().spec()));
        // An option of the program alone is no use: without a command there is nothing to do.
        return spec;
    }

    private static int usageMistake(ParameterException mistake, PrintWriter err) {
        CommandSpec command = mistake.getCommandLine().getCommandSpec();
        if (command.parent() == null && mistake.getCommandLine().getParseResult() != null && !hasArguments(mistake)) {
            err.println("consul-resolver: expected a command: serve, dev or query (--help tells more)");
            return USAGE;
        }
        String message =
                String.valueOf(mistake.getMessage()).lines().findFirst().orElse("");
        err.println(command.qualifiedName() + ": " + lowerFirst(message)
                + suggestion(mistake)
                        .map(meant -> ", did you mean " + meant + "?")
                        .orElse("")
                + " (--help tells more)");
        return USAGE;
    }

    private static boolean hasArguments(ParameterException mistake) {
        return !mistake.getCommandLine().getParseResult().originalArgs().isEmpty();
    }

    private static Optional<String> suggestion(ParameterException mistake) {
        if (!(mistake instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return Optional.empty();
        }
        CommandSpec command = mistake.getCommandLine().getCommandSpec();
        String written = unmatched.getUnmatched().get(0).split("=", 2)[0];
        List<String> known = written.startsWith("-")
                ? command.options().stream().map(OptionSpec::longestName).toList()
                : List.copyOf(command.subcommands().keySet());
        return Suggestion.nearest(written, known);
    }

    private static String lowerFirst(String message) {
        return message.isEmpty() ? message : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static int failed(Exception failure, PrintWriter err) throws Exception {
        if (failure instanceof ConfigException) {
            err.println("consul-resolver: " + failure.getMessage());
            return USAGE;
        }
        if (failure instanceof StartException) {
            err.println("consul-resolver: " + failure.getMessage());
            return CANNOT_START;
        }
        throw failure;
    }
}
