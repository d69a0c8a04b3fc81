package io.github.consulresolver.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code dev}. */
final class DevCommand implements Callable<Integer> {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    CommandSpec spec() {
        return spec;
    }

    @Override
    public Integer call() {
        return 0;
    }
}
