package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Status;
import io.github.consulresolver.consul.WithConsul;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Names of the service mesh, and prepared queries: which answers live as long as they are true, in front of real agents at their default TTL of 0. */
@WithConsul
final class MeshConsulTest extends CoherentNames {
    MeshConsulTest(ConsulAgent agent) throws Exception {
        super(agent);
    }

    /** Services of all kinds stand on nodes of their own. */
    private void register(String node, String address, String service, int port, String more) {
        agent.put("/v1/catalog/register", """
                {"Node": "%s", "Address": "%s", "Service": {"ID": "%s", "Service": "%s", "Port": %d%s}}""".formatted(node, address, service, service, port, more));
    }

    private void registerProxy(String node, String address, String destination, int port) {
        register(
                node,
                address,
                node + "-proxy",
                port,
                ", \"Kind\": \"connect-proxy\", \"Proxy\": {\"DestinationServiceName\": \"" + destination + "\"}");
    }

    private void check(String node, String service, Status status) {
        agent.put("/v1/catalog/register", """
                {"Node": "%s", "Address": "", "SkipNodeUpdate": true,
                 "Check": {"CheckID": "c", "Name": "c", "ServiceID": "%s", "Status": "%s"}}""".formatted(
                        node, service, status.name().toLowerCase(Locale.ROOT)));
    }

    private void terminates(String gateway, String service) {
        agent.put(
                "/v1/config",
                "{\"Kind\": \"terminating-gateway\", \"Name\": \"" + gateway + "\", \"Services\": [{\"Name\": \""
                        + service + "\"}]}");
    }

    private void lets(String gateway, int port, String service) {
        agent.put("/v1/config", """
                {"Kind": "ingress-gateway", "Name": "%s",
                 "Listeners": [{"Port": %d, "Protocol": "tcp", "Services": [{"Name": "%s"}]}]}""".formatted(gateway, port, service));
    }

    @Test
    void every_form_of_a_name_is_coherent() {
        registerProxy("c-forms", "10.5.0.1", "c-forms", 2000);
        registerProxy("c-forms-2", "10.5.0.2", "c-forms", 2001);
        for (String name : new String[] {"c-forms.connect.consul.", "C-Forms.connect.dc1.consul."}) {
            for (int type : new int[] {Type.A, Type.AAAA, Type.SRV, Type.ANY}) {
                awaitCoherent(name, type);
            }
        }
        assertThat(answers("c-forms.connect.consul.", Type.A)).containsExactlyInAnyOrder("10.5.0.1", "10.5.0.2");
        assertThat(answers("c-forms.connect.consul.", Type.SRV))
                .containsExactlyInAnyOrder("1 1 2000 c-forms.node.dc1.consul.", "1 1 2001 c-forms-2.node.dc1.consul.");
    }

    @Test
    void a_proxy_that_registers_moves_falls_ill_and_goes_shows() {
        String name = "c-life.connect.consul.";
        awaitCoherent(name, Type.A);
        assertThat(ask(name, Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);

        registerProxy("c-life", "10.5.1.1", "c-life", 2000);
        awaitAnswers(name, Type.A, "10.5.1.1");
        awaitCoherent(name, Type.A);

        registerProxy("c-life", "10.5.1.2", "c-life", 2000);
        awaitAnswers(name, Type.A, "10.5.1.2");
        awaitCoherent(name, Type.A);

        check("c-life", "c-life-proxy", Status.CRITICAL);
        awaitAbsent(name);
        awaitCoherent(name, Type.A);

        check("c-life", "c-life-proxy", Status.PASSING);
        awaitAnswers(name, Type.A, "10.5.1.2");
        awaitCoherent(name, Type.A);

        agent.put("/v1/catalog/deregister", "{\"Node\": \"c-life\"}");
        awaitAbsent(name);
        awaitCoherent(name, Type.A);
    }

    /** A watch of its own would not hear of that, on 1.8. */
    @Test
    void a_proxy_that_leads_elsewhere_shows() {
        registerProxy("c-turns", "10.5.2.1", "c-turns", 2000);
        awaitCoherent("c-turns.connect.consul.", Type.A);
        awaitCoherent("c-elsewhere.connect.consul.", Type.A);

        registerProxy("c-turns", "10.5.2.1", "c-elsewhere", 2000);
        awaitAbsent("c-turns.connect.consul.");
        awaitAnswers("c-elsewhere.connect.consul.", Type.A, "10.5.2.1");
        awaitCoherent("c-turns.connect.consul.", Type.A);
    }

    /** A watch of its own would not hear of the latter, on any version. */
    @Test
    void an_instance_that_needs_no_proxy_and_then_one_again_shows() {
        String name = "c-native.connect.consul.";
        awaitCoherent(name, Type.A);

        register("c-native", "10.5.3.1", "c-native", 80, ", \"Connect\": {\"Native\": true}");
        awaitAnswers(name, Type.A, "10.5.3.1");
        awaitCoherent(name, Type.A);

        register("c-native", "10.5.3.1", "c-native", 80, "");
        awaitAbsent(name);
        awaitCoherent(name, Type.A);
    }

    @Test
    void a_terminating_gateway_that_is_configured_for_another_service_shows() {
        String name = "c-outside.connect.consul.";
        register("c-term", "10.5.4.1", "c-term", 90, ", \"Kind\": \"terminating-gateway\"");
        awaitCoherent(name, Type.A);

        terminates("c-term", "c-outside");
        awaitAnswers(name, Type.A, "10.5.4.1");
        awaitCoherent(name, Type.A);

        terminates("c-term", "c-another");
        awaitAbsent(name);
        awaitCoherent(name, Type.A);

        terminates("c-term", "c-outside");
        awaitAnswers(name, Type.A, "10.5.4.1");
        awaitCoherent(name, Type.A);
    }

    /** Consul 1.13 and newer know destinations. Only their configuration tells of them, and it returns for nothing else here. */
    @Test
    void a_destination_outside_that_a_terminating_gateway_for_all_leads_to_shows() {
        assumeThat(agent.version()).doesNotStartWith("1.8.");
        String name = "d-outside.connect.consul.";
        register("d-term", "10.5.7.1", "d-term", 90, ", \"Kind\": \"terminating-gateway\"");
        terminates("d-term", "*");
        try {
            awaitCoherent(name, Type.A);
            assertThat(ask(name, Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);

            agent.put("/v1/config", """
                    {"Kind": "service-defaults", "Name": "d-outside", "Protocol": "tcp",
                     "Destination": {"Addresses": ["example.com"], "Port": 443}}""");
            awaitAnswers(name, Type.A, "10.5.7.1");
            awaitCoherent(name, Type.A);
        } finally {
            // It would lead to the other tests' services, too.
            terminates("d-term", "d-nothing");
        }
    }

    @Test
    void an_ingress_gateway_and_its_configuration_show() {
        String name = "i-web.ingress.consul.";
        register("i-web", "10.5.5.9", "i-web", 80, "");
        register("i-gate", "10.5.5.1", "i-gate", 90, ", \"Kind\": \"ingress-gateway\"");
        awaitCoherent(name, Type.A);
        assertThat(ask(name, Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);

        lets("i-gate", 8080, "i-web");
        awaitAnswers(name, Type.A, "10.5.5.1");
        for (int type : new int[] {Type.A, Type.AAAA, Type.SRV, Type.ANY}) {
            awaitCoherent(name, type);
        }

        register("i-gate", "10.5.5.2", "i-gate", 90, ", \"Kind\": \"ingress-gateway\"");
        awaitAnswers(name, Type.A, "10.5.5.2");
        awaitCoherent(name, Type.A);

        check("i-gate", "i-gate", Status.CRITICAL);
        awaitAbsent(name);
        check("i-gate", "i-gate", Status.PASSING);
        awaitAnswers(name, Type.A, "10.5.5.2");
        awaitCoherent(name, Type.A);

        lets("i-gate", 8080, "i-another");
        awaitAbsent(name);
        awaitCoherent(name, Type.A);
    }

    @Test
    void a_prepared_query_is_asked_for_each_time_and_never_coherent() {
        agent.register(Instance.of("p-web", "10.5.6.1", 80));
        agent.post("/v1/query", "{\"Name\": \"p-nearest\", \"Service\": {\"Service\": \"p-web\"}}");
        awaitCoherent("p-web.service.consul.", Type.A);
        int coherent = server.coherent();

        for (int i = 0; i < 20; i++) {
            int asked = dns.queries();
            assertThat(answers("p-nearest.query.consul.", Type.A)).containsExactly("10.5.6.1");
            assertThat(dns.queries()).isGreaterThan(asked);
        }
        assertThat(server.coherent()).isEqualTo(coherent);
    }
}
