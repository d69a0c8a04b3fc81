package io.github.consulresolver.server.listen;

import io.netty.channel.EventLoop;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who goes first where a core has more to do than it can. On Linux each thread has a niceness of its own, from 0 to 19, and may raise it.
 * Threads that answer hits keep theirs. Those that ask upstreams let them go first, and so do the JVM's compilers, which are busy when
 * something happens for the first time: otherwise many unknown names, above all while an agent hangs, would keep those waiting whose answers
 * are known.
 *
 * <p>The garbage collector keeps its own, because everybody waits for it.
 */
final class Niceness {
    private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);

    /** More than usual. A third of the time of a usual thread, where both would take all of it: misses shall get on, too. */
    private static final int EVENT_LOOP = 5;

    /** A tenth: what is not compiled yet runs all the same. */
    private static final int COMPILER = 10;

    private static final String THREADS = "/proc/self/task";
    /** The kernel keeps 15 characters of a name. */
    private static final String COMPILERS_END = " CompilerThre";

    private Niceness() {}

    /** Has event loops and compilers let threads like the caller go first, from now on. Doing so again changes nothing. */
    static void raise(List<EventLoop> loops) {
        int usual = Libc.niceness();
        loops.forEach(loop -> loop.execute(() -> Libc.setNiceness(Libc.THIS_THREAD, usual + EVENT_LOOP)));
        String[] threads = new File(THREADS).list();
        for (String thread : threads == null ? new String[0] : threads) {
            if (name(thread).endsWith(COMPILERS_END)) {
                Libc.setNiceness(Integer.parseInt(thread), usual + COMPILER);
            }
        }
    }

    /** Of no characters where the thread has ended. */
    private static String name(String thread) {
        try {
            return Files.readString(Path.of(THREADS, thread, "comm")).strip();
        } catch (IOException e) {
            LOG.debug("Thread {} has no name: {}", thread, e.getMessage());
            return "";
        }
    }
}
