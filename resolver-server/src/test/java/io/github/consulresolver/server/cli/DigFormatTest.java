package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The expected lines are what dig 9.18 printed. */
final class DigFormatTest {

    @Test
    void columns_are_reached_with_tabs() throws IOException {
        assertThat(line("orders.service.consul.", 0, Type.A, "192.0.2.21"))
                .isEqualTo("orders.service.consul.\t0\tIN\tA\t192.0.2.21");
    }

    @Test
    void after_a_short_name_there_are_several() throws IOException {
        assertThat(line("a.b.", 30, Type.CNAME, "c.b.")).isEqualTo("a.b.\t\t\t30\tIN\tCNAME\tc.b.");
    }

    @Test
    void after_a_long_name_there_is_a_space() throws IOException {
        assertThat(line("c0000215.addr.dc1.consul.", 0, Type.A, "192.0.2.21"))
                .isEqualTo("c0000215.addr.dc1.consul. 0\tIN\tA\t192.0.2.21");
    }

    @Test
    void ipv6_addresses_are_short() throws IOException {
        assertThat(line("search.service.consul.", 0, Type.AAAA, "2001:db8:0:0:0:0:0:41"))
                .isEqualTo("search.service.consul.\t0\tIN\tAAAA\t2001:db8::41");
    }

    @Test
    void texts_are_quoted() throws IOException {
        assertThat(line("dev.node.dc1.consul.", 0, Type.TXT, "\"consul-version=1.20.6\" \"a\\\"b\\\\c\\200\""))
                .isEqualTo("dev.node.dc1.consul.\t0\tIN\tTXT\t\"consul-version=1.20.6\" \"a\\\"b\\\\c\\200\"");
    }

    private static String line(String owner, int ttl, int type, String data) throws IOException {
        return DigFormat.line(Record.fromString(Name.fromString(owner), type, DClass.IN, ttl, data, Name.root));
    }
}
