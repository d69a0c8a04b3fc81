package io.github.consulresolver.devagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class DevAgentDnsTest {
    private final DevAgent agent = DevAgent.builder()
            .nodeTtl(Duration.ofSeconds(7))
            .serviceTtl("*", Duration.ofSeconds(5))
            .serviceTtl("d*", Duration.ofSeconds(42))
            .serviceTtl("db", Duration.ofMillis(10_900))
            .withDemonstrationServices()
            .start();

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void the_instances_of_a_service_have_their_addresses_in_dns() throws Exception {
        Message reply = Dig.udp(agent).ask("web.service.consul", Type.A);

        assertThat(Dig.answers(reply)).containsExactlyInAnyOrder("192.0.2.11", "192.0.2.12", "192.0.2.13");
        assertThat(Dig.isAuthoritative(reply)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RA)).isFalse();
    }

    @Test
    void udp_and_tcp_share_a_port_and_answer_alike() throws Exception {
        Message udp = Dig.udp(agent).ask("web.service.consul", Type.A);
        Message tcp = Dig.tcp(agent).ask("web.service.consul", Type.A);

        assertThat(Dig.answers(tcp)).containsExactlyInAnyOrderElementsOf(Dig.answers(udp));
    }

    @Test
    void a_tag_selects_instances_in_any_case() throws Exception {
        assertThat(Dig.answers(Dig.udp(agent).ask("CANARY.web.service.consul", Type.A)))
                .containsExactly("192.0.2.13");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_orders._tcp.service.consul",
                "_orders._tcp.consul",
                "orders.service.dc1.consul",
                "orders.service.DC1.dc.consul"
            })
    void each_spelling_of_a_service_gives_its_ports_and_weights(String name) throws Exception {
        assertThat(Dig.srv(Dig.udp(agent).ask(name, Type.SRV)))
                .extracting(SRVRecord::getPriority, SRVRecord::getWeight, SRVRecord::getPort)
                .containsExactlyInAnyOrder(tuple(1, 10, 8081), tuple(1, 5, 8082), tuple(1, 1, 8083));
    }

    @Test
    void an_srv_target_has_its_address_in_the_additional_section() throws Exception {
        Message reply = Dig.udp(agent).ask("search.service.consul", Type.SRV);

        String target = "20010db8000000000000000000000041.addr.dc1.consul.";
        assertThat(Dig.srv(reply)).extracting(srv -> srv.getTarget().toString()).containsExactly(target);
        assertThat(reply.getSection(Section.ADDITIONAL))
                .filteredOn(record -> record.getName().toString().equals(target))
                .extracting(Record::rdataToString)
                .containsExactly("2001:db8:0:0:0:0:0:41");
        assertThat(Dig.answers(Dig.udp(agent).ask(target, Type.AAAA))).containsExactly("2001:db8:0:0:0:0:0:41");
    }

    @Test
    void an_instance_without_an_address_is_at_its_node() throws Exception {
        Message reply = Dig.udp(agent).ask("primary.db.service.consul", Type.SRV);

        assertThat(Dig.srv(reply))
                .extracting(srv -> srv.getTarget().toString())
                .containsExactly("db-1.node.dc1.consul.");
        assertThat(Dig.answers(Dig.udp(agent).ask("db-1.node.consul", Type.A))).containsExactly("192.0.2.31");
    }

    @Test
    void ttls_follow_the_longest_pattern() throws Exception {
        agent.register(ServiceRegistration.of("dual", 1).address("192.0.2.50"));

        assertThat(ttl("db.service.consul")).isEqualTo(10);
        assertThat(ttl("dual.service.consul")).isEqualTo(42);
        assertThat(ttl("web.service.consul")).isEqualTo(5);
        assertThat(ttl("db-1.node.consul")).isEqualTo(7);
    }

    private long ttl(String name) throws Exception {
        return Dig.udp(agent)
                .ask(name, Type.A)
                .getSection(Section.ANSWER)
                .get(0)
                .getTTL();
    }

    @Test
    void critical_instances_are_left_out_and_come_back() throws Exception {
        agent.setHealth("web-1", Health.CRITICAL);
        agent.setHealth("web-2", Health.WARNING);
        assertThat(Dig.answers(Dig.udp(agent).ask("web.service.consul", Type.A)))
                .containsExactlyInAnyOrder("192.0.2.12", "192.0.2.13");

        agent.setHealth("web-1", Health.PASSING);
        assertThat(Dig.answers(Dig.udp(agent).ask("web.service.consul", Type.A)))
                .hasSize(3);
    }

    @Test
    void a_warning_changes_the_weight() throws Exception {
        agent.register(ServiceRegistration.of("api", 1).weights(10, 3));
        agent.setHealth("api", Health.WARNING);

        assertThat(Dig.srv(Dig.udp(agent).ask("api.service.consul", Type.SRV)))
                .extracting(SRVRecord::getWeight)
                .containsExactly(3);
    }

    @Test
    void a_service_of_which_all_are_critical_does_not_exist() throws Exception {
        agent.setHealth("search-1", Health.CRITICAL);

        assertAbsent(Dig.udp(agent).ask("search.service.consul", Type.AAAA));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nobody.service.consul",
                "nope.web.service.consul",
                "web.service.dc9.consul",
                "nobody.node.consul",
                "service.consul",
                "consul",
                "zz000001.addr.consul",
                "web.query.consul",
                "9.9.0.10.in-addr.arpa"
            })
    void what_is_not_there_is_nxdomain_with_the_soa(String name) throws Exception {
        assertAbsent(Dig.udp(agent).ask(name, Type.A));
    }

    private static void assertAbsent(Message reply) {
        assertThat(Rcode.string(reply.getRcode())).isEqualTo("NXDOMAIN");
        assertThat(Dig.isAuthoritative(reply)).isTrue();
        assertThat(reply.getSection(Section.AUTHORITY)).singleElement().isInstanceOfSatisfying(SOARecord.class, soa -> {
            assertThat(soa.getName().toString()).isEqualTo("consul.");
            assertThat(soa.getMinimum()).isZero();
        });
    }

    @Test
    void another_type_of_a_service_is_nodata_with_the_soa() throws Exception {
        Message reply = Dig.udp(agent).ask("web.service.consul", Type.AAAA);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getSection(Section.AUTHORITY)).hasSize(1);
    }

    @Test
    void another_type_of_a_node_is_nodata_without_soa() throws Exception {
        Message reply = Dig.udp(agent).ask("db-1.node.consul", Type.AAAA);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getSection(Section.AUTHORITY)).isEmpty();
    }

    @Test
    void addr_answers_the_wrong_type_in_the_additional_section() throws Exception {
        Message reply = Dig.udp(agent).ask("7f000001.addr.dc1.consul", Type.AAAA);

        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getSection(Section.ADDITIONAL))
                .extracting(Record::rdataToString)
                .containsExactly("127.0.0.1");
    }

    @Test
    void the_apex_has_a_soa_and_a_name_server_with_its_address() throws Exception {
        Message soa = Dig.udp(agent).ask("consul", Type.SOA);
        Message ns = Dig.udp(agent).ask("consul", Type.NS);

        assertThat(Dig.answers(soa)).singleElement().asString().startsWith("ns.consul. hostmaster.consul. ");
        assertThat(Dig.answers(ns)).containsExactly("dev.node.dc1.consul.");
        assertThat(ns.getSection(Section.ADDITIONAL))
                .extracting(Record::rdataToString)
                .containsExactly("127.0.0.1");
    }

    @Test
    void reverse_names_lead_to_nodes_and_services() throws Exception {
        assertThat(Dig.answers(Dig.udp(agent).ask("31.2.0.192.in-addr.arpa", Type.PTR)))
                .containsExactly("db-1.node.dc1.consul.");
        assertThat(Dig.answers(Dig.udp(agent).ask("11.2.0.192.in-addr.arpa", Type.PTR)))
                .containsExactly("web.service.dc1.consul.");
    }

    @Test
    void a_service_that_is_an_alias_of_another_is_followed() throws Exception {
        agent.register(ServiceRegistration.of("shop", 1).address("search.service.consul"));

        assertThat(Dig.answers(Dig.udp(agent).ask("shop.service.consul", Type.AAAA)))
                .containsExactly("search.service.consul.", "2001:db8:0:0:0:0:0:41");
    }

    @Test
    void an_alias_of_itself_ends() throws Exception {
        agent.register(ServiceRegistration.of("loop", 1).address("loop.service.consul"));

        assertThat(Dig.answers(Dig.udp(agent).ask("loop.service.consul", Type.A)))
                .isNotEmpty()
                .containsOnly("loop.service.consul.");
    }

    @Test
    void the_case_of_the_question_is_kept() throws Exception {
        Message reply = Dig.udp(agent).ask("wEb.SeRvIcE.cOnSuL", Type.A);

        assertThat(reply.getSection(Section.ANSWER))
                .extracting(record -> record.getName().toString())
                .containsOnly("wEb.SeRvIcE.cOnSuL.");
    }

    @Test
    void without_edns_udp_gives_three_answers_and_does_not_say_that_there_are_more() throws Exception {
        registerMany("many", 100);

        Message reply = Dig.udp(agent).ask("many.service.consul", Type.A);

        assertThat(reply.getSection(Section.ANSWER)).hasSize(3);
        assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void a_reply_that_is_trimmed_to_the_size_of_edns_has_lost_its_opt() throws Exception {
        registerMany("many", 100);

        Message trimmed = Dig.udp(agent, 1232).ask("many.service.consul", Type.A);
        Message whole = Dig.udp(agent, 4096).ask("many.service.consul", Type.A);

        assertThat(trimmed.getSection(Section.ANSWER)).hasSize(74);
        assertThat(trimmed.numBytes()).isEqualTo(1221);
        assertThat(trimmed.getOPT()).isNull();
        assertThat(trimmed.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(whole.getSection(Section.ANSWER)).hasSize(100);
        assertThat(whole.getOPT().getPayloadSize()).isEqualTo(4096);
    }

    @Test
    void a_trimmed_srv_reply_keeps_the_addresses_of_its_targets_and_no_others() throws Exception {
        registerMany("many", 100);

        Message reply = Dig.udp(agent, 1232).ask("many.service.consul", Type.SRV);

        assertThat(Dig.srv(reply)).hasSizeBetween(10, 30);
        assertThat(reply.getSection(Section.ADDITIONAL))
                .extracting(Record::getName)
                .containsExactlyInAnyOrderElementsOf(
                        Dig.srv(reply).stream().map(SRVRecord::getTarget).toList());
    }

    @Test
    void tcp_gives_all_instances() throws Exception {
        registerMany("many", 1100);

        assertThat(Dig.answers(Dig.tcp(agent).ask("many.service.consul", Type.A)))
                .hasSize(1100)
                .doesNotHaveDuplicates();
    }

    @Test
    void tcp_gives_no_more_than_1024_srv_records() throws Exception {
        for (int port = 1; port <= 1100; port++) {
            agent.register(ServiceRegistration.of("many", port).id("many" + port));
        }

        Message reply = Dig.tcp(agent).ask("many.service.consul", Type.SRV);

        assertThat(Dig.srv(reply)).hasSize(1024);
        assertThat(reply.getSection(Section.ADDITIONAL)).hasSize(1);
    }

    @Test
    void the_order_is_another_each_time() throws Exception {
        registerMany("many", 20);

        Set<List<String>> orders = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            orders.add(Dig.tcp(agent).ask("many.service.consul", Type.A).getSection(Section.ANSWER).stream()
                    .map(Record::rdataToString)
                    .toList());
        }
        assertThat(orders).hasSizeGreaterThan(1);
    }

    private void registerMany(String service, int count) {
        for (int i = 0; i < count; i++) {
            agent.register(
                    ServiceRegistration.of(service, 1000).id(service + i).address("10.1." + i / 256 + "." + i % 256));
        }
    }

    @Test
    void names_outside_the_domain_are_refused() throws Exception {
        Message reply = Dig.udp(agent, 1232).ask("example.com", Type.A);

        assertThat(reply.getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(Dig.isAuthoritative(reply)).isFalse();
        assertThat(reply.getOPT()).isNull();
    }

    @Test
    void a_zone_transfer_is_not_implemented() throws Exception {
        byte[] reply = exchange(query("consul", Type.AXFR).toWire());

        assertThat(new Message(reply).getRcode()).isEqualTo(Rcode.NOTIMP);
    }

    @Test
    void garbage_after_a_header_is_a_format_error() throws Exception {
        byte[] query = query("web.service.consul", Type.A).toWire();

        byte[] reply = exchange(Arrays.copyOf(query, query.length - 6));

        assertThat(reply).hasSize(12).startsWith(query[0], query[1]);
        assertThat(reply[3] & 0x0f).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void an_unknown_opcode_is_not_implemented() throws Exception {
        Message update = query("web.service.consul", Type.A);
        update.getHeader().setOpcode(Opcode.UPDATE);

        byte[] reply = exchange(update.toWire());

        assertThat(reply).hasSize(12);
        assertThat(reply[3] & 0x0f).isEqualTo(Rcode.NOTIMP);
    }

    @Test
    void responses_and_scraps_get_no_reply_and_do_no_harm() throws Exception {
        Message response = query("web.service.consul", Type.A);
        response.getHeader().setFlag(Flags.QR);
        Message valid = query("db-1.node.consul", Type.A);

        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(30_000);
            send(socket, response.toWire());
            send(socket, new byte[] {1, 2, 3});
            send(socket, new byte[0]);
            send(socket, valid.toWire());

            assertThat(new Message(receive(socket)).getHeader().getID())
                    .isEqualTo(valid.getHeader().getID());
        }
    }

    @Test
    void pipelined_queries_on_one_connection_are_all_answered() throws Exception {
        try (Socket socket =
                new Socket(agent.dnsAddress().getAddress(), agent.dnsAddress().getPort())) {
            socket.setSoTimeout(30_000);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            for (int id = 1; id <= 3; id++) {
                Message query = query("web.service.consul", Type.A);
                query.getHeader().setID(id);
                byte[] wire = query.toWire();
                out.writeShort(wire.length);
                out.write(wire);
            }
            DataInputStream in = new DataInputStream(socket.getInputStream());
            Set<Integer> ids = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                ids.add(new Message(in.readNBytes(in.readUnsignedShort()))
                        .getHeader()
                        .getID());
            }
            assertThat(ids).containsExactlyInAnyOrder(1, 2, 3);
        }
    }

    private static Message query(String name, int type) throws Exception {
        return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
    }

    private byte[] exchange(byte[] query) throws Exception {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(30_000);
            send(socket, query);
            return receive(socket);
        }
    }

    private void send(DatagramSocket socket, byte[] bytes) throws Exception {
        socket.send(new DatagramPacket(bytes, bytes.length, agent.dnsAddress()));
    }

    private static byte[] receive(DatagramSocket socket) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }
}
