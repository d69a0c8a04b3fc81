package io.github.consulresolver.server.recursors;

import io.github.consulresolver.server.config.HostPort;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks for recursors where a host keeps them: {@code /etc/resolv.conf}, systemd-resolved's list, NetworkManager's, the
 * last good list. The first source that names a server other than ourselves is taken, in its order.
 *
 * <p>systemd-resolved's stub (127.0.0.53, 127.0.0.54) stands for the servers it forwards to: those are asked directly
 * where its own list names them; where that names nobody but us the stub would send our question back, and is left out.
 */
public final class RecursorDiscovery {

    private static final String RESOLV_CONF = "etc/resolv.conf";
    private static final String RESOLVED = "run/systemd/resolve/resolv.conf";

    /** The first is written where NetworkManager runs a stub of its own, the second always; /var/run is the old place. */
    private static final List<String> NETWORK_MANAGER = List.of(
            "run/NetworkManager/no-stub-resolv.conf",
            "run/NetworkManager/resolv.conf",
            "var/run/NetworkManager/no-stub-resolv.conf",
            "var/run/NetworkManager/resolv.conf");

    private static final Set<String> STUBS = Set.of("127.0.0.53:53", "127.0.0.54:53");

    private final Path root;
    private final OwnAddresses own;
    private final LastGoodList lastGood;

    /**
     * Looks below a root directory ({@code /} but in tests).
     *
     * @param own what is never taken, because it is this server
     * @param lastGood what is taken when nobody names a server
     */
    public RecursorDiscovery(Path root, OwnAddresses own, LastGoodList lastGood) {
        this.root = root;
        this.own = own;
        this.lastGood = lastGood;
    }

    /** Reads the files as they are now; empty when no source names a server that can be asked. */
    public Recursors discover() {
        Recursors found = fromResolvConf();
        if (found.addresses().isEmpty()) {
            found = fromList(RESOLVED);
        }
        for (String list : NETWORK_MANAGER) {
            if (found.addresses().isEmpty()) {
                found = fromList(list);
            }
        }
        if (found.addresses().isEmpty()) {
            found = new Recursors(usable(lastGood.read()), lastGood.file() + ", found earlier");
        }
        return found;
    }

    private Recursors fromResolvConf() {
        List<InetSocketAddress> named = ResolvConf.servers(root.resolve(RESOLV_CONF));
        List<InetSocketAddress> usable = usable(named);
        boolean direct = named.containsAll(usable);
        boolean behindStubOnly = named.stream().noneMatch(usable::contains);
        String source = direct ? "/" + RESOLV_CONF : "/" + RESOLV_CONF + " and /" + RESOLVED;
        return new Recursors(usable, behindStubOnly ? "/" + RESOLVED : source);
    }

    private Recursors fromList(String list) {
        return new Recursors(usable(ResolvConf.servers(root.resolve(list))), "/" + list);
    }

    private List<InetSocketAddress> usable(List<InetSocketAddress> named) {
        Set<InetSocketAddress> usable = new LinkedHashSet<>();
        for (InetSocketAddress server : named) {
            if (own.contains(server)) {
                continue;
            }
            if (isStub(server)) {
                usable.addAll(standingFor(server));
            } else {
                usable.add(server);
            }
        }
        return List.copyOf(usable);
    }

    private List<InetSocketAddress> standingFor(InetSocketAddress stub) {
        List<InetSocketAddress> behind = ResolvConf.servers(root.resolve(RESOLVED)).stream()
                .filter(server -> !isStub(server))
                .toList();
        if (behind.isEmpty()) {
            return List.of(stub);
        }
        return behind.stream().filter(server -> !own.contains(server)).toList();
    }

    private static boolean isStub(InetSocketAddress server) {
        return STUBS.contains(HostPort.format(server));
    }
}
