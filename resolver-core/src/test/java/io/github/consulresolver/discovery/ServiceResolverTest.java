package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ServiceResolverTest {
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void an_instance_without_an_address_has_its_host_looked_up_once() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 60 IN SRV 1 10 8080 node-1.node.dc1.consul.
                orders.service.consul. 60 IN SRV 1 20 8081 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 60 IN A 10.0.0.1
                """);

        Endpoints endpoints = resolver(agent).resolve("orders");

        assertThat(endpoints.instances())
                .extracting(
                        ServiceInstance::host, instance -> instance.address().getHostAddress(), ServiceInstance::port)
                .containsExactlyInAnyOrder(
                        tuple("node-1.node.dc1.consul", "10.0.0.1", 8080),
                        tuple("node-1.node.dc1.consul", "10.0.0.1", 8081));
        assertThat(agent.received()).isEqualTo(2);
    }

    @Test
    void a_host_without_an_ipv4_address_is_asked_for_one_of_ipv6() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN AAAA fd00::1
                """);

        assertThat(resolver(agent).resolve("orders").pick().address().getHostAddress())
                .isEqualTo("fd00:0:0:0:0:0:0:1");
    }

    @Test
    void a_host_elsewhere_is_found_through_the_agent_behind_its_cname() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 443 api.example.org.
                api.example.org. 60 IN CNAME lb.example.net.
                lb.example.net. 60 IN A 192.0.2.7
                """);

        ServiceInstance instance = resolver(agent).resolve("orders").pick();

        assertThat(instance.host()).isEqualTo("api.example.org");
        assertThat(instance.address().getHostAddress()).isEqualTo("192.0.2.7");
        assertThat(instance.address().getHostName()).isEqualTo("api.example.org");
    }

    @Test
    void an_instance_whose_host_has_no_address_is_left_out() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                orders.service.consul. 0 IN SRV 1 1 8080 gone.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);

        assertThat(resolver(agent).resolve("orders").instances())
                .extracting(ServiceInstance::host)
                .containsExactly("node-1.node.dc1.consul");
    }

    @Test
    void where_there_is_no_host_or_no_port_the_service_is_decidedly_not_available() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 0 node-1.node.dc1.consul.
                orders.service.consul. 0 IN SRV 0 0 8080 .
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);

        assertThat(resolver(agent).resolve("orders").isEmpty()).isTrue();
    }

    @Test
    void one_host_that_cannot_be_looked_up_does_not_take_the_service_away() {
        ScriptedUpstream agent = failingFor("bad.node.dc1.consul.", """
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                orders.service.consul. 0 IN SRV 1 1 8080 bad.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);

        assertThat(resolver(agent).resolve("orders").instances())
                .extracting(ServiceInstance::host)
                .containsExactly("node-1.node.dc1.consul");
    }

    @Test
    void where_no_host_can_be_looked_up_nothing_is_known() {
        ScriptedUpstream agent = failingFor("bad.node.dc1.consul.", """
                orders.service.consul. 0 IN SRV 1 1 8080 bad.node.dc1.consul.
                """);

        assertThatExceptionOfType(ResolutionException.Refused.class)
                .isThrownBy(() -> resolver(agent).resolve("orders"))
                .withMessageContaining(text(agent) + ": answered SERVFAIL");
    }

    @Test
    void a_target_that_is_the_root_is_no_instance() {
        ScriptedUpstream agent = agent("orders.service.consul. 0 IN SRV 0 0 0 .\n");

        assertThat(resolver(agent).resolve("orders").isEmpty()).isTrue();
    }

    @Test
    void a_service_outside_of_consul_is_found_by_its_whole_name() {
        ScriptedUpstream agent = agent("""
                _sip._udp.example.org. 60 IN SRV 1 1 5060 sip.example.org.
                _sip._udp.example.org. 60 IN SRV 2 1 5061 sip.example.org.
                sip.example.org. 60 IN A 192.0.2.8
                """);

        assertThat(resolver(agent)
                        .resolve(ServiceName.fqdn("_sip._udp.example.org"))
                        .instances())
                .extracting(ServiceInstance::port)
                .containsExactlyInAnyOrder(5060, 5061);
        assertThat(agent.received()).isEqualTo(2);
    }

    @Test
    void a_host_elsewhere_may_have_an_address_of_ipv6_only() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 443 api.example.org.
                api.example.org. 60 IN AAAA 2001:db8::7
                """);

        assertThat(resolver(agent).resolve("orders").pick().address().getHostAddress())
                .isEqualTo("2001:db8:0:0:0:0:0:7");
    }

    @Test
    void names_without_a_datacenter_are_of_the_one_that_is_set() {
        ScriptedUpstream agent = agent("""
                orders.service.dc2.consul. 0 IN SRV 1 1 8080 node-1.node.dc2.consul.
                orders.service.dc3.consul. 0 IN SRV 1 1 8081 node-1.node.dc2.consul.
                node-1.node.dc2.consul. 0 IN A 10.0.0.1
                """);
        ServiceResolver resolver = keep(
                ServiceResolver.builder().agents(text(agent)).datacenter("DC2").build());

        assertThat(resolver.resolve("orders").pick().port()).isEqualTo(8080);
        assertThat(resolver.resolve(ServiceName.of("orders").datacenter("dc3"))
                        .pick()
                        .port())
                .isEqualTo(8081);
    }

    @Test
    void a_floor_keeps_what_the_agent_does_not_let_be_kept() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);
        ServiceResolver resolver = keep(ServiceResolver.builder()
                .agents(text(agent))
                .ttl(Duration.ofMinutes(1), Duration.ofMinutes(2))
                .build());

        assertThat(resolver.resolve("orders")).isEqualTo(resolver.resolve("orders"));

        assertThat(agent.received()).isEqualTo(2);
    }

    @Test
    void another_domain_is_asked_where_it_is_set() {
        ScriptedUpstream agent = agent("""
                orders.service.example.org. 0 IN SRV 1 1 8080 node-1.node.dc1.example.org.
                node-1.node.dc1.example.org. 0 IN A 10.0.0.1
                """);
        ServiceResolver resolver = keep(ServiceResolver.builder()
                .agents(text(agent))
                .domain("example.org")
                .build());

        assertThat(resolver.resolve("orders").isEmpty()).isFalse();
    }

    @Test
    void an_answer_is_used_again_within_its_ttl() {
        ScriptedUpstream agent = agent("""
                orders.service.consul. 60 IN SRV 1 1 8080 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 60 IN A 10.0.0.1
                """);
        ServiceResolver resolver = resolver(agent);

        assertThat(resolver.resolve("orders")).isEqualTo(resolver.resolve("Orders"));
        assertThat(agent.received()).isEqualTo(2);
    }

    @Test
    void an_answer_with_a_ttl_of_0_is_not_used_again() {
        ScriptedUpstream agent = agent("");
        ServiceResolver resolver = resolver(agent);

        resolver.resolve("orders");
        resolver.resolve("orders");

        assertThat(agent.received()).isEqualTo(2);
    }

    @Test
    void who_asks_at_the_same_time_shares_one_query() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ScriptedUpstream agent = emptyBehind(gate);
        ServiceResolver resolver = resolver(agent);

        CompletableFuture<Endpoints> one = resolver.resolveAsync("orders");
        CompletableFuture<Endpoints> other = resolver.resolveAsync("orders");
        gate.countDown();

        assertThat(one.get()).isEqualTo(other.get());
        assertThat(agent.received()).isEqualTo(1);
    }

    @Test
    void cancelling_is_the_own_business_of_who_does_it() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ScriptedUpstream agent = emptyBehind(gate);
        ServiceResolver resolver = resolver(agent);

        CompletableFuture<Endpoints> one = resolver.resolveAsync("orders");
        CompletableFuture<Endpoints> other = resolver.resolveAsync("orders");
        one.cancel(true);
        gate.countDown();

        assertThat(other.get().isEmpty()).isTrue();
    }

    @Test
    void an_agent_that_cannot_answer_is_passed_over() {
        ScriptedUpstream leaderless = failingFor("consul.", "");
        ScriptedUpstream agent = agent("""
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);

        assertThat(resolver(leaderless, agent).resolve("orders").isEmpty()).isFalse();
    }

    @Test
    void that_nobody_can_answer_says_who_was_asked_and_what_he_said() {
        ScriptedUpstream one = failingFor("consul.", "");
        ScriptedUpstream other = failingFor("consul.", "");

        assertThatExceptionOfType(ResolutionException.Refused.class)
                .isThrownBy(() -> resolver(one, other).resolve("orders"))
                .withMessageContaining("orders.service.consul.")
                .withMessageContaining(text(one) + ": answered SERVFAIL")
                .withMessageContaining(text(other) + ": answered SERVFAIL");
    }

    @Test
    void a_silent_agent_leaves_time_for_the_next() {
        ScriptedUpstream agent = agent("");

        assertThat(resolver(keep(ScriptedUpstream.silent()), agent)
                        .resolve("orders")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void what_is_no_answer_is_said_to_be_none() {
        ScriptedUpstream liar = keep(ScriptedUpstream.start(query -> {
            for (int i = 0; i < (query.protocol() == Protocol.UDP ? 20 : 1); i++) {
                query.reply(new byte[] {1, 2, 3});
            }
        }));

        assertThatExceptionOfType(ResolutionException.Malformed.class)
                .isThrownBy(() -> resolver(liar).resolve("orders"))
                .withMessageContaining(text(liar));
    }

    @Test
    void a_failure_is_thrown_where_it_was_waited_for() {
        ServiceResolver resolver = resolver(failingFor("consul.", ""));

        assertThatThrownBy(() -> resolver.resolve("orders"))
                .satisfies(failure -> assertThat(failure.getStackTrace())
                        .extracting(StackTraceElement::getClassName)
                        .contains(ServiceResolverTest.class.getName()));
    }

    @Test
    void instances_that_an_agent_in_trouble_told_earlier_are_given_as_stale() {
        List<Record> zone = zone("""
                orders.service.consul. 0 IN SRV 1 1 8080 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);
        AtomicBoolean trouble = new AtomicBoolean();
        ServiceResolver resolver = resolver(keep(ScriptedUpstream.answering(query -> {
            Message answer = answer(query, trouble.get() ? List.of() : zone);
            answer.getHeader().setRcode(trouble.get() ? Rcode.SERVFAIL : Rcode.NOERROR);
            return answer;
        })));
        assertThat(resolver.resolve("orders").isStale()).isFalse();
        trouble.set(true);

        Endpoints endpoints = resolver.resolve("orders");
        assertThat(endpoints.isStale()).isTrue();
        assertThat(endpoints.pick().address().getHostAddress()).isEqualTo("10.0.0.1");
    }

    @Test
    void waiting_on_the_thread_that_brings_the_answer_is_refused() {
        CountDownLatch gate = new CountDownLatch(1);
        ServiceResolver resolver = keep(ServiceResolver.builder()
                .agents(text(emptyBehind(gate)))
                .executor(Runnable::run)
                .build());

        CompletableFuture<Endpoints> chained =
                resolver.resolveAsync("orders").thenApply(endpoints -> resolver.resolve("others"));
        gate.countDown();

        assertThatThrownBy(chained::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothing_is_started_before_the_first_question_and_nothing_runs_on_after_close() throws InterruptedException {
        List<Thread> before = threads();
        ServiceResolver resolver = resolver(agent(""));
        // Those before may be ending still.
        assertThat(threads()).isSubsetOf(before);

        resolver.resolve("orders");
        List<Thread> own = new ArrayList<>(threads());
        own.removeAll(before);
        assertThat(own).hasSize(1).allMatch(Thread::isDaemon);

        resolver.close();
        own.get(0).join(5_000);
        assertThat(own.get(0).isAlive()).isFalse();
    }

    @Test
    void what_is_under_way_fails_when_the_resolver_is_closed() throws InterruptedException {
        ScriptedUpstream agent = keep(ScriptedUpstream.silent());
        // Who is told by another thread may hear of it later.
        ServiceResolver resolver = keep(ServiceResolver.builder()
                .agents(text(agent))
                .executor(Runnable::run)
                .build());
        CompletableFuture<Endpoints> waiting = resolver.resolveAsync("orders");
        agent.awaitReceived(1);

        resolver.close();

        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(ResolutionException.Closed.class);
    }

    @Test
    void a_closed_resolver_says_so() {
        ServiceResolver resolver = resolver(agent(""));
        resolver.close();
        resolver.close();

        assertThatExceptionOfType(ResolutionException.Closed.class)
                .isThrownBy(() -> resolver.resolve("orders"))
                .withMessageContaining("orders.service.consul.");
        assertThatThrownBy(() -> resolver.resolveAsync("orders").get())
                .hasCauseInstanceOf(ResolutionException.Closed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "127.0.0.1",
                "8600",
                ":8600",
                "127.0.0.1:",
                "127.0.0.1:0",
                "127.0.0.1:65536",
                "consul.example.org:8600",
                "::1:8600",
                "[::1]",
                "[127.0.0.1]:8600",
                "127.0.0.1:86OO",
                "127.1:8600",
                "[::1%nowhere]:8600"
            })
    void an_agent_is_a_literal_address_and_a_port(String agent) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceResolver.builder().agents(agent))
                .withMessageContaining("\"" + agent + "\"");
    }

    @Test
    void localhost_and_ipv6_are_agents_too() {
        ScriptedUpstream agent = agent("");
        ServiceResolver resolver = keep(ServiceResolver.builder()
                .agents("[::1]:1", "localhost:" + agent.address().getPort())
                .build());

        assertThat(resolver.resolve("orders").isEmpty()).isTrue();
    }

    @Test
    void no_agent_and_no_domain_are_rejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceResolver.builder().agents());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceResolver.builder().domain("."));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceResolver.builder().domain("a..b"));
    }

    @Test
    @SuppressWarnings("NullAway") // callers may be without it
    void null_is_rejected_by_its_name() {
        ServiceResolver resolver = resolver(agent(""));
        Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
        calls.put("service", () -> resolver.resolve((String) null));
        calls.put("name", () -> resolver.resolve((ServiceName) null));
        calls.put("name (async)", () -> resolver.resolveAsync((ServiceName) null));
        calls.put("name (watch)", () -> resolver.watch((ServiceName) null, endpoints -> {}));
        calls.put("watcher", () -> resolver.watch("orders", null));
        calls.put("name (publisher)", () -> resolver.publisher(null));
        calls.put("agent", () -> ServiceResolver.builder().agents((String) null));
        calls.put("address", () -> ServiceResolver.builder().http(null));
        calls.put("supplier", () -> ServiceResolver.builder().token(null));
        calls.put("executor", () -> ServiceResolver.builder().executor(null));
        calls.put("listener", () -> ServiceResolver.builder().listener(null));

        calls.forEach((what, call) ->
                assertThatNullPointerException().as(what).isThrownBy(call).withMessage(what.replaceFirst(" .*", "")));
    }

    @Test
    void a_number_out_of_its_range_is_rejected_with_its_value() {
        Duration second = Duration.ofSeconds(1);
        ServiceResolver.Builder builder = ServiceResolver.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ttl(second.negated(), second))
                .withMessageContaining("PT-1S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ttl(Duration.ofSeconds(3), Duration.ofSeconds(2)))
                .withMessageContaining("PT3S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.ttl(Duration.ZERO, Duration.ofDays(2)))
                .withMessageContaining("PT48H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.staleFor(Duration.ofDays(8)))
                .withMessageContaining("PT192H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.watches(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.watches(101))
                .withMessageContaining("101");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.http("ftp://127.0.0.1:1"))
                .withMessageContaining("ftp://127.0.0.1:1");
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("consul-resolver"))
                .toList();
    }

    private ServiceResolver resolver(ScriptedUpstream... agents) {
        String[] addresses =
                List.of(agents).stream().map(ServiceResolverTest::text).toArray(String[]::new);
        return keep(ServiceResolver.builder().agents(addresses).build());
    }

    private static String text(ScriptedUpstream agent) {
        return "127.0.0.1:" + agent.address().getPort();
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        open.add(closeable);
        return closeable;
    }

    /** An agent that knows these records, in the form of a zone file, and puts none into the additional section. */
    private ScriptedUpstream agent(String zoneFile) {
        List<Record> zone = zone(zoneFile);
        return keep(ScriptedUpstream.answering(query -> answer(query, zone)));
    }

    /** One that knows nothing, and says so when the gate is open. */
    private ScriptedUpstream emptyBehind(CountDownLatch gate) {
        return keep(ScriptedUpstream.start(query -> {
            gate.await();
            query.reply(answer(query.message(), List.of()));
        }));
    }

    /** One that answers SERVFAIL to all questions for a name, and for those below it. */
    private ScriptedUpstream failingFor(String name, String zoneFile) {
        List<Record> zone = zone(zoneFile);
        Name failing = Name.fromConstantString(name);
        return keep(ScriptedUpstream.answering(query -> {
            Message answer = answer(query, zone);
            if (query.getQuestion().getName().subdomain(failing)) {
                answer.getHeader().setRcode(Rcode.SERVFAIL);
            }
            return answer;
        }));
    }

    private static List<Record> zone(String zoneFile) {
        List<Record> records = new ArrayList<>();
        try (Master master =
                new Master(new ByteArrayInputStream(zoneFile.getBytes(StandardCharsets.US_ASCII)), Name.root)) {
            master.disableIncludes();
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
            return records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Message answer(Message query, List<Record> zone) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(query.getQuestion(), Section.QUESTION);
        follow(
                query.getQuestion().getName(),
                query.getQuestion().getType(),
                zone,
                record -> answer.addRecord(record, Section.ANSWER));
        if (zone.stream()
                .noneMatch(record -> record.getName().equals(query.getQuestion().getName()))) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        }
        answer.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        return answer;
    }

    private static void follow(Name name, int type, List<Record> zone, Consumer<Record> found) {
        for (Record record : zone) {
            if (record.getName().equals(name) && record.getType() == type) {
                found.accept(record);
            } else if (record.getName().equals(name) && record.getType() == Type.CNAME) {
                found.accept(record);
                follow(((CNAMERecord) record).getTarget(), type, zone, found);
            }
        }
    }
}
