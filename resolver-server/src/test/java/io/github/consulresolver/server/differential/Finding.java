package io.github.consulresolver.server.differential;

/** One thing in which our answer is not the agent's. */
record Finding(Aspect aspect, String text) {

    @Override
    public String toString() {
        return aspect + ": " + text;
    }
}
