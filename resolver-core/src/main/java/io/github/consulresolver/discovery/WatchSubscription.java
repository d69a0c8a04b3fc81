package io.github.consulresolver.discovery;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One who watches by {@link Flow}: he is given the latest value when he wants one, and none twice in a row. Thread-safe. */
final class WatchSubscription implements Flow.Subscription {
    private final Flow.Subscriber<? super Endpoints> subscriber;
    private final Mailbox mailbox;
    private @Nullable Watch watch;
    private boolean cancelled;

    /** @param failures hears what the subscriber throws; it has been his last call */
    WatchSubscription(Flow.Subscriber<? super Endpoints> subscriber, Executor executor, Consumer<Throwable> failures) {
        this.subscriber = subscriber;
        mailbox = new Mailbox(executor, endpoints -> call(() -> subscriber.onNext(endpoints), failures), 0);
    }

    private void call(Runnable signal, Consumer<Throwable> failures) {
        try {
            signal.run();
        } catch (Throwable thrown) {
            cancel();
            failures.accept(thrown);
        }
    }

    Mailbox mailbox() {
        return mailbox;
    }

    /** Where the values come from, from now on. */
    void from(Watch source) {
        boolean late;
        synchronized (this) {
            watch = source;
            late = cancelled;
        }
        if (late) {
            // Not closed: why he has left may not have been said yet.
            source.leave();
        }
    }

    @Override
    public void request(long more) {
        if (more > 0) {
            mailbox.request(more);
        } else {
            mailbox.end(() -> subscriber.onError(new IllegalArgumentException(
                    "request(" + more + "): expected 1 or more (Reactive Streams, rule 3.9)")));
            cancel(false);
        }
    }

    @Override
    public void cancel() {
        cancel(true);
    }

    private void cancel(boolean silently) {
        Watch source;
        synchronized (this) {
            cancelled = true;
            source = watch;
        }
        if (silently) {
            mailbox.end();
        }
        if (source != null) {
            source.leave();
        }
    }
}
