package io.github.consulresolver.catalog;

/**
 * How an agent is watched. Immutable.
 *
 * @param budget how many services are watched at most, each over a connection of its own; 1 or more
 * @param expected whether it is worth a warning that the agent cannot be watched
 * @param alone whether it is the only one whose DNS is asked: when it dies, what is said when it is back may be of long ago, where others may have
 *     said it that is no reason to doubt it
 */
public record WatchPlan(int budget, boolean expected, boolean alone) {}
