package io.github.consulresolver.consul;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test class once with each Consul that is there, against one agent for the class.
 *
 * <p>A {@link ConsulAgent} parameter of a constructor or method is that agent; a {@link ConsulCluster} parameter is a node's agent with three
 * servers behind it; a {@link Consul} parameter is the version, for tests that start another. What a test did to the agents (paused, killed)
 * is undone after it; what it registered stays. Without any Consul the class is skipped, and fails if the environment has {@code CI=true}.
 *
 * <p>Each test that ran is a line {@code class#method} of {@code target/consul-tests/<version>.txt}, and the reason for
 * skipping is in {@code target/consul-tests/skipped.txt}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(ConsulVersions.class)
public @interface WithConsul {

    /** More configuration for the agent, as a JSON object. */
    String config() default "{}";

    /** What the version begins with that the class is about; all versions where it is empty. */
    String only() default "";
}
