package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.FreePort;
import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.server.config.HostPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

final class QueryTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void a_name_that_exists_is_printed_and_exit_code_0() {
        try (DevAgent agent = agent()) {
            assertThat(query(agent.dnsAddress(), "orders.service.consul")).isZero();
            assertThat(out.toString().lines()).containsExactly("orders.service.consul.\t0\tIN\tA\t10.0.0.7");
            assertThat(err.toString()).isEmpty();
        }
    }

    @Test
    void over_tcp_as_well() {
        try (DevAgent agent = agent()) {
            assertThat(query(agent.dnsAddress(), "orders.service.consul", "--tcp"))
                    .isZero();
            assertThat(out.toString().lines()).hasSize(1);
        }
    }

    @Test
    void the_additional_section_is_printed_on_demand_without_its_opt() {
        try (DevAgent agent = agent()) {
            query(agent.dnsAddress(), "orders.service.consul", "srv", "--additional");

            assertThat(out.toString().lines())
                    .anyMatch(line -> line.endsWith("\tIN\tSRV\t1 1 8081 0a000007.addr.dc1.consul."));
            assertThat(out.toString().lines())
                    .anyMatch(line -> line.startsWith("0a000007.addr.dc1.consul. 0\tIN\tA\t"));
            assertThat(out.toString()).doesNotContain("OPT");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "none.service.consul, A, none.service.consul. does not exist (NXDOMAIN)",
        "orders.service.consul, AAAA, orders.service.consul. has no AAAA records (NODATA)"
    })
    void a_name_that_does_not_exist_is_exit_code_1(String name, String type, String message) {
        try (DevAgent agent = agent()) {
            assertThat(query(agent.dnsAddress(), name, type)).isEqualTo(1);
            assertThat(err.toString().lines()).containsExactly("consul-resolver: " + message);
            assertThat(out.toString()).isEmpty();
        }
    }

    @Test
    void a_server_that_refuses_is_exit_code_2() {
        try (DevAgent agent = agent()) {
            assertThat(query(agent.dnsAddress(), "example.com")).isEqualTo(2);
            assertThat(err.toString().lines())
                    .containsExactly("consul-resolver: " + HostPort.format(agent.dnsAddress())
                            + " answered REFUSED for example.com.");
        }
    }

    @Test
    void a_server_that_is_silent_is_exit_code_2() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            InetSocketAddress server = (InetSocketAddress) silent.getLocalSocketAddress();

            assertThat(query(server, "example.com", "--timeout", "20ms")).isEqualTo(2);
            assertThat(err.toString().lines())
                    .containsExactly("consul-resolver: " + HostPort.format(server) + " did not answer within 20ms");
        }
    }

    @Test
    void a_port_where_nobody_listens_is_exit_code_2() {
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.find());

        assertThat(query(server, "example.com")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "consul-resolver: nothing listens at " + HostPort.format(server) + " (connection refused)");
    }

    @Test
    void a_reply_with_another_id_is_passed_over() throws IOException {
        try (ScriptedServer server = ScriptedServer.answering(List.of(
                query -> {
                    Message other = reply(query);
                    other.getHeader().setID(query.getHeader().getID() ^ 1);
                    return other;
                },
                QueryTest::reply))) {
            assertThat(query(server.address(), "example.com")).isEqualTo(1);
        }
    }

    @Test
    void a_reply_that_was_cut_is_asked_for_over_tcp() throws IOException {
        try (ScriptedServer server = ScriptedServer.answering(List.of(query -> {
            Message cut = reply(query);
            cut.getHeader().setFlag(Flags.TC);
            return cut;
        }))) {
            assertThat(query(server.address(), "example.com")).isEqualTo(2);
            assertThat(err.toString()).contains("nothing listens at", "connection refused");
        }
    }

    private static DevAgent agent() {
        DevAgent agent = DevAgent.start();
        agent.register(ServiceRegistration.of("orders", 8081).address("10.0.0.7"));
        return agent;
    }

    private static Message reply(Message query) {
        Message reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.addRecord(query.getQuestion(), Section.QUESTION);
        return reply;
    }

    private int query(InetSocketAddress server, String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "query";
        all[1] = "--server";
        all[2] = HostPort.format(server);
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    }
}
