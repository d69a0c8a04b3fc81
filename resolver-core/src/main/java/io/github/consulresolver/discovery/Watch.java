package io.github.consulresolver.discovery;

import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches the instances of a name, until it is closed: see {@link ServiceResolver#watch(ServiceName, Consumer)}.
 *
 * <p>Thread-safe.
 */
public final class Watch implements AutoCloseable {
    private final Wanted wanted;
    private final Mailbox mailbox;
    private final Runnable lastWord;
    private final Consumer<Watch> end;
    private volatile @Nullable Endpoints latest;

    /**
     * @param lastWord what is called last when the resolver is closed first
     * @param end has it told of no change any more
     */
    Watch(Wanted wanted, Mailbox mailbox, Runnable lastWord, Consumer<Watch> end) {
        this.wanted = wanted;
        this.mailbox = mailbox;
        this.lastWord = lastWord;
        this.end = end;
    }

    Wanted wanted() {
        return wanted;
    }

    /**
     * So it is now.
     *
     * @param news whether it is another than before, which {@link #deliver} tells
     */
    void know(Endpoints endpoints, boolean news) {
        latest = endpoints;
        if (news) {
            mailbox.put(endpoints);
        }
    }

    /** Tells what has not been told yet. The reader may be called at once, and do as he likes: so no lock may be held. */
    void deliver() {
        mailbox.deliver();
    }

    /** The resolver is closed. The reader may be called at once, as by {@link #deliver}. */
    void end() {
        mailbox.end(lastWord);
    }

    /**
     * Whose instances are watched.
     *
     * @return the name
     */
    public ServiceName name() {
        return wanted.name();
    }

    /**
     * The instances as they are known now, whether they have been told yet or not.
     *
     * @return the last ones that there was news of; empty while none are known
     */
    public Optional<Endpoints> latest() {
        return Optional.ofNullable(latest);
    }

    /** Ends it: no call begins any more. One that has begun may still be under way. Closing again does nothing. */
    @Override
    public void close() {
        mailbox.end();
        leave();
    }

    /** No news comes any more; what has come may still be told. */
    void leave() {
        end.accept(this);
    }

    /**
     * The watch for a log.
     *
     * @return whose instances are watched
     */
    @Override
    public String toString() {
        return "watch of " + name();
    }
}
