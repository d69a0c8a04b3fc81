package io.github.consulresolver.devagent;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Compression;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSOutput;
import org.xbill.DNS.Name;
import org.xbill.DNS.SRVRecord;

/**
 * An SRV record whose target is written out, as RFC 2782 wants, but which later names may point to: Consul's glue does,
 * so its replies hold more records than dnsjava's would.
 */
final class SrvWithTarget extends SRVRecord {
    private static final int PRIORITY_WEIGHT_PORT = 6;

    SrvWithTarget(Name owner, long ttl, int priority, int weight, int port, Name target) {
        super(owner, DClass.IN, ttl, priority, weight, port, target);
    }

    @Override
    protected void rrToWire(DNSOutput out, @Nullable Compression compression, boolean canonical) {
        int position = out.current() + PRIORITY_WEIGHT_PORT;
        super.rrToWire(out, compression, canonical);
        if (compression == null) {
            return;
        }
        for (int label = 0; label < getTarget().labels() - 1; label++) {
            Name suffix = new Name(getTarget(), label);
            if (compression.get(suffix) < 0) {
                compression.add(position, suffix);
            }
            position += getTarget().getLabel(label)[0] + 1;
        }
    }
}
