package io.github.consulresolver.leaks;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has Netty track every buffer, and after each test class the garbage collected and the tracks counted. */
public final class NoLeaks implements AfterAllCallback {
    private static final long PATIENCE = 5_000; // ms

    /** Netty has one detector a kind of buffer for all of the process. */
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    public NoLeaks() {
        ResourceLeakDetector.setLevel(Level.PARANOID);
        // Before the first buffer: each kind of resource gets its detector once.
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation")
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return new Telling<>(resource, samplingInterval);
            }
        });
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (context.getParent().flatMap(ExtensionContext::getTestClass).isPresent()) {
            return;
        }
        List<String> found = found();
        if (!found.isEmpty()) {
            throw new AssertionError("Buffers were lost, in this class or one before it:\n" + String.join("\n", found));
        }
    }

    /** The buffers that were lost since it was last asked. */
    static List<String> found() throws InterruptedException {
        collectGarbage();
        // The next buffer that is tracked has the detector look at what became of the others.
        ByteBufAllocator.DEFAULT.directBuffer(1).release();
        List<String> found = new ArrayList<>();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            found.add(leak);
        }
        return found;
    }

    /** Returns when what was garbage at the call is known to be. */
    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        WeakReference<Object> garbage = new WeakReference<>(new Object(), collected);
        System.gc();
        collected.remove(PATIENCE);
        garbage.clear();
    }

    private static final class Telling<T> extends ResourceLeakDetector<T> {
        @SuppressWarnings("deprecation")
        Telling(Class<?> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resource, String records) {
            LEAKS.add(resource + ":" + records);
        }

        @Override
        protected void reportUntracedLeak(String resource) {
            LEAKS.add(resource);
        }
    }
}
