package io.github.consulresolver.server.differential;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Header;
import org.xbill.DNS.Opcode;

/** What a query has beside its question; a table writes {@code +rd0} for {@link #RD0}. */
@SuppressWarnings("ImmutableEnumChecker") // Functions without state, and lists that nobody changes.
enum Flag {
    /** Without RD; all others have it. */
    RD0(header -> header.unsetFlag(Flags.RD)),
    AD(header -> header.setFlag(Flags.AD)),
    CD(header -> header.setFlag(Flags.CD)),
    NOTIFY(header -> header.setOpcode(Opcode.NOTIFY)),
    STATUS(header -> header.setOpcode(Opcode.STATUS)),
    /** Class CHAOS. */
    CH(DClass.CHAOS),
    /** Class ANY. */
    CLASS_ANY(DClass.ANY),
    DO(ExtendedFlags.DO, 0, List.of()),
    /** Version 1 of EDNS, which nobody has. */
    EDNS1(0, 1, List.of()),
    ECS(0, 0, List.of(subnet())),
    COOKIE(0, 0, List.of(new CookieOption(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))),
    /** An option that nobody knows. */
    OPTION(0, 0, List.of(new GenericEDNSOption(65_001, new byte[] {1, 2, 3}))),
    /** The agent gives one of several answers: any of them will do. */
    RANDOM(header -> {}),
    /** The agent gives some of many, drawn at random: all that it gives are right. */
    SAMPLE(header -> {}),
    /** The first record means something. */
    FIRST(header -> {});

    private final Consumer<Header> header;
    private final int dclass;
    private final boolean edns;
    private final int ednsFlags;
    private final int ednsVersion;
    private final List<EDNSOption> options;

    Flag(Consumer<Header> header) {
        this(header, DClass.IN, false, 0, 0, List.of());
    }

    Flag(int dclass) {
        this(header -> {}, dclass, false, 0, 0, List.of());
    }

    Flag(int ednsFlags, int ednsVersion, List<EDNSOption> options) {
        this(header -> {}, DClass.IN, true, ednsFlags, ednsVersion, options);
    }

    Flag(Consumer<Header> header, int dclass, boolean edns, int ednsFlags, int ednsVersion, List<EDNSOption> options) {
        this.header = header;
        this.dclass = dclass;
        this.edns = edns;
        this.ednsFlags = ednsFlags;
        this.ednsVersion = ednsVersion;
        this.options = options;
    }

    private static EDNSOption subnet() {
        try {
            return new ClientSubnetOption(24, InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 0}));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Flag of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    void set(Header of) {
        header.accept(of);
    }

    int dclass() {
        return dclass;
    }

    boolean needsEdns() {
        return edns;
    }

    int ednsFlags() {
        return ednsFlags;
    }

    int ednsVersion() {
        return ednsVersion;
    }

    List<EDNSOption> options() {
        return options;
    }
}
