package io.github.consulresolver.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code query}: asks one question and prints the answer. Only its arguments are here; {@link Query} does the work. */
final class QueryCommand implements Callable<Integer> {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this)
            .mixinStandardHelpOptions(true)
            .versionProvider(Version::lines);

    CommandSpec spec() {
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("NAME")
                .type(String.class)
                .description("The name, always taken as absolute")
                .build());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1")
                .arity("0..1")
                .paramLabel("TYPE")
                .type(String.class)
                .description("A, AAAA, SRV, TXT, PTR ... or TYPE65 (default: A)")
                .build());
        spec.addOption(OptionSpec.builder("--server")
                .paramLabel("HOST[:PORT]")
                .type(String.class)
                .description("Who is asked (default: 127.0.0.1:53)")
                .build());
        spec.addOption(OptionSpec.builder("--tcp")
                .type(boolean.class)
                .description("Ask over TCP")
                .build());
        spec.addOption(OptionSpec.builder("--timeout")
                .paramLabel("DURATION")
                .type(String.class)
                .description("How long to wait in all (default: 5s)")
                .build());
        spec.addOption(OptionSpec.builder("--additional")
                .type(boolean.class)
                .description("Print the additional section too")
                .build());
        spec.usageMessage()
                .abbreviateSynopsis(true)
                .sortOptions(false)
                .description("Asks a DNS server and prints the answer section as dig +noall +answer does.")
                .footer(
                        "",
                        "Exit code: 0 found, 1 does not exist, 2 could not find out.",
                        "",
                        "Examples:",
                        "  consul-resolver query consul.service.consul",
                        "  consul-resolver query orders.service.consul SRV --additional",
                        "  consul-resolver query orders.service.consul --server 127.0.0.1:8600 --tcp");
        return spec;
    }

    @Override
    public Integer call() throws Exception {
        ParseResult parsed = spec.commandLine().getParseResult();
        Query query = Query.of(
                parsed.matchedPositionalValue(0, ""),
                parsed.matchedPositionalValue(1, "A"),
                parsed.matchedOptionValue("--server", "127.0.0.1:53"),
                parsed.matchedOptionValue("--timeout", "5s"),
                parsed.matchedOptionValue("--tcp", false),
                parsed.matchedOptionValue("--additional", false));
        return query.run(spec.commandLine().getOut(), spec.commandLine().getErr());
    }
}
