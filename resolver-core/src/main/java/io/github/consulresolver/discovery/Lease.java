package io.github.consulresolver.discovery;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An instance, and one request that it is used for. The request is in flight until the lease is closed. How it came out is said once, before or
 * after: {@link #succeeded} or {@link #failed}, whichever is first. When neither is said, as of a request that was given up, nothing is
 * learned of the instance.
 *
 * <p>Thread-safe: it may be closed by another thread than the one that acquired it.
 */
public final class Lease implements AutoCloseable {
    private final LoadBalancer balancer;
    private final Member member;
    private final AtomicBoolean reported = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    Lease(LoadBalancer balancer, Member member) {
        this.balancer = balancer;
        this.member = member;
        member.load().incrementAndGet();
    }

    /**
     * The instance that the request is for.
     *
     * @return it, also after {@link #close}
     */
    public ServiceInstance instance() {
        return member.instance();
    }

    /** Says that the instance did what was asked of it; be it by refusing what nobody may. */
    public void succeeded() {
        if (reported.compareAndSet(false, true)) {
            member.outcomes().succeeded();
        }
    }

    /** Says that the instance is at fault: it could not be reached, did not answer in time, or said that it cannot. */
    public void failed() {
        if (reported.compareAndSet(false, true)) {
            balancer.failed(member);
        }
    }

    /** Ends the request. A second call does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            member.load().decrementAndGet();
        }
    }

    /**
     * The lease for a log.
     *
     * @return the instance
     */
    @Override
    public String toString() {
        return "lease of " + member.instance();
    }
}
