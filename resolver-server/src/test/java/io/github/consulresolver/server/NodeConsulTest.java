package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Status;
import io.github.consulresolver.consul.WithConsul;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Names of nodes, whose answers live as long as they are true, in front of real agents at their default TTL of 0. */
@WithConsul
final class NodeConsulTest extends CoherentNames {
    NodeConsulTest(ConsulAgent agent) throws Exception {
        super(agent);
    }

    private void register(String fields) {
        agent.put("/v1/catalog/register", "{" + fields + "}");
    }

    private void deregister(String node) {
        agent.put("/v1/catalog/deregister", "{\"Node\": \"" + node + "\"}");
    }

    @Test
    void every_form_of_a_name_is_coherent() {
        register("""
                "Node": "Forms.One", "Address": "10.6.0.1", "TaggedAddresses": {"lan_ipv6": "fd00::6"},
                "NodeMeta": {"rack": "7", "rfc1035-note": "alone"}""");
        awaitCoherent("forms.one.node.consul.", Type.A);
        assertThat(answers("forms.one.node.consul.", Type.A)).containsExactly("10.6.0.1");
        for (String name :
                new String[] {"forms.one.node.consul.", "FORMS.one.node.consul.", "forms.one.node.dc1.consul."}) {
            for (int type : new int[] {Type.A, Type.AAAA, Type.ANY, Type.TXT}) {
                awaitCoherent(name, type);
            }
        }
        assertThat(answers("forms.one.node.consul.", Type.ANY))
                .containsExactlyInAnyOrder("fd00:0:0:0:0:0:0:6", "rack=7", "alone");
    }

    @Test
    void an_address_that_the_node_does_not_have_is_known_not_to_be_there() {
        register("\"Node\": \"only4\", \"Address\": \"10.6.1.1\"");
        awaitCoherent("only4.node.consul.", Type.AAAA);
        Message reply = ask("only4.node.consul.", Type.AAAA);
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();

        register("\"Node\": \"only4\", \"Address\": \"fd00::7\"");
        awaitAnswers("only4.node.consul.", Type.AAAA, "fd00:0:0:0:0:0:0:7");
        awaitCoherent("only4.node.consul.", Type.AAAA);
    }

    @Test
    void an_address_that_changes_shows() {
        register("\"Node\": \"moving\", \"Address\": \"10.6.2.1\"");
        awaitCoherent("moving.node.consul.", Type.A);
        for (int i = 2; i < 8; i++) {
            register("\"Node\": \"moving\", \"Address\": \"10.6.2." + i + "\"");
            awaitAnswers("moving.node.consul.", Type.A, "10.6.2." + i);
            awaitCoherent("moving.node.consul.", Type.A);
        }
    }

    @Test
    void a_node_that_is_deregistered_goes_and_comes_back() {
        register("\"Node\": \"leaving\", \"Address\": \"10.6.3.1\"");
        awaitCoherent("leaving.node.consul.", Type.A);

        deregister("leaving");
        awaitAbsent("leaving.node.consul.");
        awaitCoherent("leaving.node.consul.", Type.A);

        register("\"Node\": \"leaving\", \"Address\": \"10.6.3.2\"");
        awaitAnswers("leaving.node.consul.", Type.A, "10.6.3.2");
        awaitCoherent("leaving.node.consul.", Type.A);
    }

    @Test
    void a_node_that_is_renamed_goes_and_is_there_under_its_new_name() {
        String id = "\"ID\": \"66666666-0000-0000-0000-000000000004\", \"Address\": \"10.6.4.1\", ";
        register(id + "\"Node\": \"old-name\"");
        awaitCoherent("old-name.node.consul.", Type.A);
        awaitCoherent("new-name.node.consul.", Type.A);
        assertThat(ask("new-name.node.consul.", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);

        register(id + "\"Node\": \"new-name\"");
        awaitAbsent("old-name.node.consul.");
        awaitAnswers("new-name.node.consul.", Type.A, "10.6.4.1");
        awaitCoherent("old-name.node.consul.", Type.A);
        awaitCoherent("new-name.node.consul.", Type.A);
    }

    @Test
    void meta_data_that_change_show() {
        register("\"Node\": \"rated\", \"Address\": \"10.6.5.1\", \"NodeMeta\": {\"rate\": \"1\"}");
        awaitCoherent("rated.node.consul.", Type.TXT);

        register("\"Node\": \"rated\", \"Address\": \"10.6.5.1\", \"NodeMeta\": {\"rate\": \"2\"}");
        awaitAnswers("rated.node.consul.", Type.TXT, "rate=2");
        awaitCoherent("rated.node.consul.", Type.TXT);
    }

    @Test
    void services_and_checks_that_change_cost_the_agent_no_question() {
        Instance instance = Instance.of("busy", "", 80).on("calm", "10.6.6.1");
        agent.register(instance);
        awaitCoherent("calm.node.consul.", Type.A);

        Await.until("a round of changes costs no question", () -> {
            int asked = dns.queries();
            for (int port = 1; port <= 5; port++) {
                register(
                        "\"Node\": \"calm\", \"Address\": \"10.6.6.1\", \"Service\": {\"Service\": \"busy\", \"Port\": "
                                + port + "}");
                agent.setStatus(instance, port % 2 == 0 ? Status.PASSING : Status.CRITICAL);
                assertThat(answers("calm.node.consul.", Type.A)).containsExactly("10.6.6.1");
            }
            return dns.queries() == asked;
        });
    }

    @Test
    void what_an_agent_says_when_it_is_back_is_believed_when_it_is_known_to_be_true() {
        register("\"Node\": \"back\", \"Address\": \"10.6.7.1\"");
        awaitCoherent("back.node.consul.", Type.A);

        agent.kill();
        assertThat(answers("back.node.consul.", Type.A)).containsExactly("10.6.7.1");
        agent.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(answers("back.node.consul.", Type.A)).containsExactly("10.6.7.1");
        }
        awaitCoherent("back.node.consul.", Type.A);
    }

    @Test
    void a_node_with_a_host_name_for_an_address_lives_by_its_TTL() {
        register("\"Node\": \"alias\", \"Address\": \"forms.example.com\"");
        register("\"Node\": \"beside\", \"Address\": \"10.6.8.1\"");
        for (int i = 0; i < 3; i++) {
            ask("alias.node.consul.", Type.A);
            // By then both have been looked at.
            awaitCoherent("beside.node.consul.", Type.A);
        }
        int coherent = server.coherent();

        for (int i = 0; i < 20; i++) {
            ask("alias.node.consul.", Type.A);
        }
        assertThat(server.coherent()).isEqualTo(coherent);
    }
}
