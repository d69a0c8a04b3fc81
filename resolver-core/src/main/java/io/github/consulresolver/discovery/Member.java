package io.github.consulresolver.discovery;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An instance among which a {@link LoadBalancer} chooses.
 *
 * @param load what is known of it, also after its weight has changed
 * @param isNear whether it is preferred to others of its priority
 */
record Member(ServiceInstance instance, AtomicInteger load, Outcomes outcomes, boolean isNear) {
    Member(ServiceInstance instance, boolean isNear) {
        this(instance, new AtomicInteger(), new Outcomes(), isNear);
    }

    /** The same instance, as it is described now. */
    Member described(ServiceInstance now, boolean near) {
        return new Member(now, load, outcomes, near);
    }

    int inFlight() {
        return load.get();
    }
}
