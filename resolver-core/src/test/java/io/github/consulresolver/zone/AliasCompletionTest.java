package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Answers that end at the border between Consul and elsewhere, as the cache keeps them. */
class AliasCompletionTest {
    private static final String ALIAS = "shop.service.consul.";
    private static final String ELSEWHERE = "shop.example.com.";
    private static final String SOA = "consul. 0 IN SOA ns.consul. hostmaster.consul. 1 2 3 4 0";

    private static final ConsulSettings OF_CONSUL =
            new ConsulSettings(DomainName.of("consul"), TtlOverrides.NONE, () -> 0, ServiceCatalog.NONE);

    private final Map<Question, byte[]> consul = new HashMap<>();
    private final Map<Question, byte[]> second = new HashMap<>();
    private final Map<Question, byte[]> elsewhere = new HashMap<>();
    private final List<Question> recursed = new ArrayList<>();
    private UpstreamException recursorFailure = new UpstreamException(Reason.TIMEOUT, "silence");
    private long now = 1;

    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), answering(consul, new ArrayList<>())),
                    Zone.consul(DomainName.of("alt"), answering(second, new ArrayList<>()), OF_CONSUL),
                    Zone.recursive(DomainName.ROOT, answering(elsewhere, recursed), 86_400))),
            new AnswerCache(1 << 20, 1 << 20),
            () -> now,
            (delay, task) -> () -> {});

    private Upstream answering(Map<Question, byte[]> replies, List<Question> asked) {
        return question -> {
            asked.add(question);
            byte[] reply = replies.get(question);
            return reply != null
                    ? CompletableFuture.completedFuture(reply)
                    : CompletableFuture.failedFuture(recursorFailure);
        };
    }

    private static void say(Map<Question, byte[]> who, String name, int type, Reply reply) {
        who.put(Question.of(name, type), reply.wire());
    }

    private CachedAnswer resolve(String name, int type) {
        return resolver.resolve(Question.of(name, type)).join().answer();
    }

    private static List<String> answers(CachedAnswer answer, String name, int type) {
        return Written.answers(answer, name, type);
    }

    @Test
    void an_alias_that_leaves_consul_gets_its_addresses_from_the_recursors() {
        say(consul, ALIAS, Type.A, Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));
        say(elsewhere, ELSEWHERE, Type.A, Reply.to(ELSEWHERE, Type.A).answer(ELSEWHERE + " 30 IN A 192.0.2.1"));

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A))
                .containsExactly(ALIAS + " 0 CNAME " + ELSEWHERE, ELSEWHERE + " 30 A 192.0.2.1");
    }

    @Test
    void what_the_agent_found_behind_the_border_itself_is_taken() {
        say(
                consul,
                ALIAS,
                Type.A,
                Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE, ELSEWHERE + " 0 IN A 192.0.2.1"));

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A)).hasSize(2);
        assertThat(recursed).isEmpty();
    }

    @Test
    void an_address_of_the_wrong_family_is_replaced_by_what_the_recursors_say() {
        say(
                consul,
                ALIAS,
                Type.AAAA,
                Reply.to(ALIAS, Type.AAAA).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE, ELSEWHERE + " 0 IN A 192.0.2.1"));
        say(
                elsewhere,
                ELSEWHERE,
                Type.AAAA,
                Reply.to(ELSEWHERE, Type.AAAA).answer(ELSEWHERE + " 30 IN AAAA 2001:db8::1"));

        assertThat(answers(resolve(ALIAS, Type.AAAA), ALIAS, Type.AAAA))
                .containsExactly(ALIAS + " 0 CNAME " + ELSEWHERE, ELSEWHERE + " 30 AAAA 2001:db8:0:0:0:0:0:1");
    }

    @Test
    void without_recursors_the_bare_alias_is_all_there_is() {
        recursorFailure = new UpstreamException(Reason.NO_UPSTREAM, "nobody");
        say(consul, ALIAS, Type.A, Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A)).containsExactly(ALIAS + " 0 CNAME " + ELSEWHERE);
    }

    @Test
    void recursors_that_fail_make_the_whole_answer_fail() {
        say(consul, ALIAS, Type.A, Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));

        assertThatThrownBy(() -> resolve(ALIAS, Type.A))
                .isInstanceOf(CompletionException.class)
                .hasCause(recursorFailure);
    }

    @Test
    void what_recursors_said_is_kept_for_its_own_TTL_though_the_alias_has_none() {
        say(consul, ALIAS, Type.A, Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));
        say(elsewhere, ELSEWHERE, Type.A, Reply.to(ELSEWHERE, Type.A).answer(ELSEWHERE + " 30 IN A 192.0.2.1"));

        resolve(ALIAS, Type.A);
        now += TimeUnit.SECONDS.toNanos(10);

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A)).contains(ELSEWHERE + " 20 A 192.0.2.1");
        assertThat(recursed).hasSize(1);
    }

    @Test
    void an_alias_elsewhere_that_leads_into_consul_is_completed_by_the_agent_though_recursors_deny_it() {
        say(
                elsewhere,
                ELSEWHERE,
                Type.A,
                Reply.to(ELSEWHERE, Type.A)
                        .rcode(Rcode.NXDOMAIN)
                        .answer(ELSEWHERE + " 60 IN CNAME web.service.consul.")
                        .authority(". 900 IN SOA a. b. 1 2 3 4 900"));
        say(
                consul,
                "web.service.consul.",
                Type.A,
                Reply.to("web.service.consul.", Type.A).answer("web.service.consul. 5 IN A 10.0.0.1"));

        CachedAnswer answer = resolve(ELSEWHERE, Type.A);
        assertThat(answer.answers().rcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.answers().ttl()).isEqualTo(5);
        assertThat(answers(answer, ELSEWHERE, Type.A))
                .containsExactly(ELSEWHERE + " 60 CNAME web.service.consul.", "web.service.consul. 5 A 10.0.0.1");
    }

    @Test
    void the_response_code_behind_the_border_is_that_of_the_other_side() {
        say(
                elsewhere,
                ELSEWHERE,
                Type.A,
                Reply.to(ELSEWHERE, Type.A).answer(ELSEWHERE + " 60 IN CNAME nope.service.consul."));
        say(
                consul,
                "nope.service.consul.",
                Type.A,
                Reply.to("nope.service.consul.", Type.A).rcode(Rcode.NXDOMAIN).authority(SOA));

        CachedAnswer answer = resolve(ELSEWHERE, Type.A);
        assertThat(answer.answers().rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(answer.answers().ttl()).isZero();
    }

    @Test
    void aliases_that_lead_in_a_circle_across_the_border_end() {
        say(consul, ALIAS, Type.A, Reply.to(ALIAS, Type.A).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));
        say(elsewhere, ELSEWHERE, Type.A, Reply.to(ELSEWHERE, Type.A).answer(ELSEWHERE + " 60 IN CNAME " + ALIAS));

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A)).hasSizeLessThan(10);
    }

    @Test
    void a_target_elsewhere_gets_its_addresses_into_the_additional_section() {
        say(consul, ALIAS, Type.SRV, Reply.to(ALIAS, Type.SRV).answer(ALIAS + " 0 IN SRV 1 1 80 " + ELSEWHERE));
        say(elsewhere, ELSEWHERE, Type.A, Reply.to(ELSEWHERE, Type.A).answer(ELSEWHERE + " 30 IN A 192.0.2.1"));
        say(
                elsewhere,
                ELSEWHERE,
                Type.AAAA,
                Reply.to(ELSEWHERE, Type.AAAA).answer(ELSEWHERE + " 30 IN AAAA 2001:db8::1"));

        assertThat(Written.additionals(resolve(ALIAS, Type.SRV), ALIAS, Type.SRV))
                .containsExactly(ELSEWHERE + " 30 A 192.0.2.1", ELSEWHERE + " 30 AAAA 2001:db8:0:0:0:0:0:1");
    }

    @Test
    void a_target_elsewhere_that_cannot_be_found_leaves_the_SRV_record_as_it_was() {
        say(consul, ALIAS, Type.SRV, Reply.to(ALIAS, Type.SRV).answer(ALIAS + " 0 IN SRV 1 1 80 " + ELSEWHERE));

        CachedAnswer answer = resolve(ALIAS, Type.SRV);
        assertThat(answers(answer, ALIAS, Type.SRV)).containsExactly(ALIAS + " 0 SRV 1 1 80 " + ELSEWHERE);
        assertThat(Written.additionals(answer, ALIAS, Type.SRV)).isEmpty();
    }

    @Test
    void an_alias_within_consul_asks_no_recursor() {
        say(
                consul,
                ALIAS,
                Type.A,
                Reply.to(ALIAS, Type.A)
                        .answer(ALIAS + " 0 IN CNAME web.service.consul.", "web.service.consul. 0 IN A 10.0.0.1"));

        assertThat(answers(resolve(ALIAS, Type.A), ALIAS, Type.A)).hasSize(2);
        assertThat(recursed).isEmpty();
    }

    /** The agent says what it has, also where it is of another type. */
    @Test
    void an_alias_from_the_agents_second_domain_to_its_first_is_complete() {
        String other = "shop.service.alt.";
        say(
                second,
                other,
                Type.AAAA,
                Reply.to(other, Type.AAAA)
                        .answer(other + " 0 IN CNAME web.service.consul.", "web.service.consul. 0 IN A 10.0.0.1"));

        assertThat(answers(resolve(other, Type.AAAA), other, Type.AAAA))
                .containsExactly(other + " 0 CNAME web.service.consul.", "web.service.consul. 0 A 10.0.0.1");
    }

    /** RFC 1034 section 3.6.2: a question for the alias is not a question for what it stands for. */
    @Test
    void an_alias_that_was_asked_for_is_all_of_the_answer() {
        say(consul, ALIAS, Type.CNAME, Reply.to(ALIAS, Type.CNAME).answer(ALIAS + " 0 IN CNAME " + ELSEWHERE));

        assertThat(answers(resolve(ALIAS, Type.CNAME), ALIAS, Type.CNAME))
                .containsExactly(ALIAS + " 0 CNAME " + ELSEWHERE);
        assertThat(recursed).isEmpty();
    }

    /** Older agents name their own domain in answers for the second one. */
    @Test
    void the_agents_own_domain_is_believed_when_it_is_asked_in_its_second() {
        say(second, "alt.", Type.SOA, Reply.to("alt.", Type.SOA).answer(SOA));

        assertThat(answers(resolve("alt.", Type.SOA), "alt.", Type.SOA))
                .containsExactly("consul. 0 SOA ns.consul. hostmaster.consul. 1 2 3 4 0");
    }
}
