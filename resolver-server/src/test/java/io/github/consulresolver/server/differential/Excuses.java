package io.github.consulresolver.server.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.xbill.DNS.Message;

/** Excuses findings by the differences on purpose, and notes which of those were seen, so that none is kept that is gone. */
final class Excuses {

    private final Set<String> named = new ConcurrentSkipListSet<>();
    private final Set<String> seen = new ConcurrentSkipListSet<>();

    /** The findings that are left. */
    List<Finding> without(List<Finding> findings, Case asked, Message ours) {
        asked.differences().forEach(difference -> named.add(mark(difference, asked)));
        List<Finding> left = new ArrayList<>();
        for (Finding finding : findings) {
            boolean excused = false;
            for (Difference difference : Difference.values()) {
                if ((difference.isEverywhere() || asked.differences().contains(difference))
                        && difference.excuses(finding, ours)) {
                    seen.add(difference.isEverywhere() ? difference.id() : mark(difference, asked));
                    excused = true;
                }
            }
            if (!excused) {
                left.add(finding);
            }
        }
        return left;
    }

    /** Lines that name a difference which did not show in any configuration, and differences that show everywhere but did not. */
    Set<String> unused() {
        Set<String> unused = new TreeSet<>(named);
        for (Difference difference : Difference.values()) {
            if (difference.isEverywhere()) {
                unused.add(difference.id());
            }
        }
        unused.removeAll(seen);
        return unused;
    }

    private static String mark(Difference difference, Case asked) {
        return difference.id() + ": " + asked.name() + " " + org.xbill.DNS.Type.string(asked.type()) + " "
                + asked.flags();
    }
}
