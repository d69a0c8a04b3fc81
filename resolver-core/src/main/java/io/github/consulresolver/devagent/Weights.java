package io.github.consulresolver.devagent;

/** SRV weights by health. Consul refuses the same values. */
record Weights(int passing, int warning) {
    static final Weights EQUAL = new Weights(1, 1);

    Weights {
        if (passing < 1) {
            throw new IllegalArgumentException("Invalid Weights: Passing must be greater than 0");
        }
        if (warning < 0) {
            throw new IllegalArgumentException("Invalid Weights: Warning must be greater or equal than 0");
        }
        if (passing > 65_535 || warning > 65_535) {
            throw new IllegalArgumentException("Invalid Weights: DNS Weight must be between 0 and 65535");
        }
    }

    int at(Health health) {
        return switch (health) {
            case PASSING -> passing;
            case WARNING -> warning;
            case CRITICAL -> 0;
        };
    }
}
