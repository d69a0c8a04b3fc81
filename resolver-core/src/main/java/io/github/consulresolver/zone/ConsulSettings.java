package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import java.util.function.IntSupplier;

/**
 * What holds in a Consul zone besides what its agent says in each answer.
 *
 * @param home the agent's own domain: older agents name nodes there, also when they were asked in their alt domain
 * @param ttls TTLs in place of the agent's
 * @param aRecordLimit the agent's {@code a_record_limit} as far as it is known now, 0 for none: answers of so many addresses are not complete
 * @param catalog where sets are looked up that no DNS answer of the agent holds
 */
public record ConsulSettings(DomainName home, TtlOverrides ttls, IntSupplier aRecordLimit, ServiceCatalog catalog) {
    static ConsulSettings none(DomainName suffix) {
        return new ConsulSettings(suffix, TtlOverrides.NONE, () -> 0, ServiceCatalog.NONE);
    }
}
