package io.github.consulresolver.catalog;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.SettingsPoll;
import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.watch.Watches;
import io.github.consulresolver.zone.CatalogName;
import io.github.consulresolver.zone.Coherence;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.Timer;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** An agent's HTTP API, and all that it is good for: the agent's settings, sets too large for its DNS, and what changes. Thread-safe. */
public final class KnownAgent implements AutoCloseable {
    private final URI address;
    private final LongPolls polls;
    private final AnsweringInstances answering = new AnsweringInstances();
    private final HealthCatalog catalog;
    private final AgentHttp http;
    private volatile Optional<Watching> watching = Optional.empty();
    private volatile Optional<SettingsPoll> settings = Optional.empty();

    /**
     * Nobody is asked yet.
     *
     * @param address {@code http} or {@code https} with an IP address and a port, or {@code unix} with the path of a socket
     * @param clock the time, in the nanoseconds of {@link System#nanoTime}
     */
    public KnownAgent(URI address, AgentToken token, AgentTrust trust, LongSupplier clock) {
        this.address = address;
        polls = new LongPolls(address, token, trust);
        http = new AgentHttp(polls);
        catalog = new HealthCatalog(http, answering, clock);
    }

    /** Where sets are looked up that no DNS answer of the agent holds. */
    public ServiceCatalog catalog() {
        return catalog;
    }

    /**
     * Has the agent watched, from {@link #start} on.
     *
     * @param resolver whose answers are to be coherent; they are kept in {@code cache}
     * @return how it stands with the watches
     */
    public Watches<?, ?> watch(
            WatchPlan plan,
            Resolver resolver,
            AnswerCache cache,
            LongSupplier clock,
            Timer timer,
            WatchingListener listener) {
        Watching made = new Watching(
                address,
                plan,
                polls,
                answering,
                listener,
                (Consumer<CatalogName> interest) -> new Coherence(resolver, cache, clock, timer, interest, listener));
        watching = Optional.of(made);
        return made.watches();
    }

    /**
     * Starts it; once.
     *
     * @param listener hears the agent's settings, after those who need them here
     */
    public void start(SettingsPoll.Listener listener) {
        SettingsPoll poll = new SettingsPoll(http::settings, new SettingsPoll.Listener() {
            @Override
            public void known(AgentSettings known) {
                answering.learn(known);
                watching.ifPresent(watch -> watch.learn(known));
                listener.known(known);
            }

            @Override
            public void unknown(String reason) {
                listener.unknown(reason);
            }
        });
        settings = Optional.of(poll);
        polls.start();
        poll.start();
        watching.ifPresent(Watching::start);
    }

    /** Ends it, and its connections. */
    @Override
    public void close() {
        settings.ifPresent(SettingsPoll::close);
        watching.ifPresent(Watching::close);
        catalog.close();
        polls.close();
    }
}
