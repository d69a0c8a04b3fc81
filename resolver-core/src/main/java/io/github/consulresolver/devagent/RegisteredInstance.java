package io.github.consulresolver.devagent;

/**
 * An instance of a service that is registered with a {@link DevAgent}: for a test that has it fail, recover and go.
 *
 * <pre>{@code
 * RegisteredInstance orders = consul.register("orders", "10.0.0.7", 8081);
 * orders.fail();
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class RegisteredInstance {
    private final DevAgent agent;
    private final String id;

    RegisteredInstance(DevAgent agent, String id) {
        this.agent = agent;
        this.id = id;
    }

    /**
     * What tells it from the others.
     *
     * @return its id, which is not the name of its service
     */
    public String id() {
        return id;
    }

    /**
     * Its check fails: it is left out of DNS answers.
     *
     * @throws IllegalArgumentException if it is not registered any more
     */
    public void fail() {
        agent.setHealth(id, Health.CRITICAL);
    }

    /**
     * Its check warns: it is answered over DNS, with its weight for that.
     *
     * @throws IllegalArgumentException if it is not registered any more
     */
    public void warn() {
        agent.setHealth(id, Health.WARNING);
    }

    /**
     * Its check passes, as in the beginning.
     *
     * @throws IllegalArgumentException if it is not registered any more
     */
    public void pass() {
        agent.setHealth(id, Health.PASSING);
    }

    /** It goes. A second call does nothing. */
    public void deregister() {
        agent.deregister(id);
    }

    @Override
    public String toString() {
        return id;
    }
}
