package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ResolverTest {
    private static final String NAME = "orders.service.consul.";
    private static final Question ORDERS = Question.of(NAME, Type.A);
    private static final byte[] HERE = {0, 1, 24, 0, 10, 0, 0};
    private static final byte[] THERE = {0, 1, 24, 0, 10, 0, 1};
    private static final Question EXAMPLE = Question.of("www.example.com", Type.A);

    private final List<Question> questions = new ArrayList<>();
    private final Queue<CompletableFuture<byte[]>> asked = new ArrayDeque<>();
    private final Queue<CompletableFuture<byte[]>> recursed = new ArrayDeque<>();
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private long now = -TimeUnit.SECONDS.toNanos(3);

    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.recursive(DomainName.ROOT, question -> asking(question, recursed), 86_400),
                    Zone.consul(DomainName.of("consul"), question -> asking(question, asked)))),
            cache,
            () -> now,
            (delay, task) -> () -> {});

    private CompletableFuture<byte[]> asking(Question question, Queue<CompletableFuture<byte[]>> queries) {
        questions.add(question);
        CompletableFuture<byte[]> query = new CompletableFuture<>();
        queries.add(query);
        return query;
    }

    @Test
    void a_name_under_consul_is_asked_of_the_agent_and_others_of_the_recursors() {
        resolver.resolve(ORDERS);
        assertThat(asked).hasSize(1);
        assertThat(recursed).isEmpty();

        resolver.resolve(EXAMPLE);
        assertThat(recursed).hasSize(1);
        assertThat(asked).hasSize(1);
    }

    @Test
    void an_answer_says_which_zone_it_came_from_and_when() {
        CompletableFuture<Resolution> answer = resolver.resolve(ORDERS);
        now += 5;
        asked.remove().complete(positive(60));

        assertThat(answer.join().answer().zone()).isZero();
        assertThat(answer.join().answer().storedAt()).isEqualTo(now);
    }

    @Test
    void where_a_client_is_matters_for_prepared_queries_only() {
        Question question = Question.of("orders.query.consul", Type.A).inSubnet(HERE);
        resolver.resolve(question);
        resolver.resolve(ORDERS.inSubnet(HERE));
        resolver.resolve(EXAMPLE.inSubnet(HERE));

        assertThat(questions).containsExactly(question, ORDERS, EXAMPLE);
    }

    @Test
    void an_answer_for_one_network_is_for_nobody_else() {
        Question query = Question.of("orders.query.consul", Type.A);
        CompletableFuture<Resolution> answer = resolver.resolve(query.inSubnet(HERE));
        asked.remove().complete(scoped(24));

        assertThat(resolver.resolve(query.inSubnet(HERE))).isCompletedWithValue(answer.join());
        assertThat(cache.get(query)).isNull();
        assertThat(resolver.resolve(query.inSubnet(THERE))).isNotDone();
    }

    @Test
    void an_answer_for_no_network_in_particular_is_for_everybody() {
        Question query = Question.of("orders.query.consul", Type.A);
        CompletableFuture<Resolution> answer = resolver.resolve(query.inSubnet(HERE));
        asked.remove().complete(scoped(0));

        assertThat(resolver.resolve(query)).isCompletedWithValue(answer.join());
        assertThat(resolver.resolve(query.inSubnet(THERE))).isCompletedWithValue(answer.join());
    }

    @Test
    void an_answer_to_somebody_who_did_not_say_where_he_is_is_not_for_those_who_do() {
        Question query = Question.of("orders.query.consul", Type.A);
        resolver.resolve(query);
        asked.remove().complete(prepared().wire());

        assertThat(resolver.resolve(query)).isDone();
        assertThat(resolver.resolve(query.inSubnet(HERE))).isNotDone();
    }

    private static Reply prepared() {
        return Reply.to("orders.query.consul.", Type.A).answer("orders.query.consul. 60 IN A 10.0.0.1");
    }

    private static byte[] scoped(int scope) {
        Message message = prepared().message();
        ClientSubnetOption subnet =
                new ClientSubnetOption(24, scope, new InetSocketAddress("10.0.0.0", 0).getAddress());
        message.addRecord(new OPTRecord(4096, 0, 0, 0, List.of(subnet)), Section.ADDITIONAL);
        return message.toWire();
    }

    @Test
    void a_fresh_answer_is_not_asked_for_again() {
        CachedAnswer first = resolved(positive(60));
        now += TimeUnit.SECONDS.toNanos(60) - 1;

        assertThat(resolver.resolve(ORDERS)).isCompletedWithValue(Resolution.fresh(first));
        assertThat(asked).isEmpty();
    }

    @Test
    void an_answer_past_its_TTL_is_asked_for_again() {
        resolved(positive(60));
        now += TimeUnit.SECONDS.toNanos(60);

        assertThat(resolver.resolve(ORDERS)).isNotDone();
        assertThat(asked).hasSize(1);
    }

    @Test
    void an_answer_with_TTL_0_is_for_its_flight_alone_but_kept() {
        CompletableFuture<Resolution> first = resolver.resolve(ORDERS);
        CompletableFuture<Resolution> joined = resolver.resolve(ORDERS);
        asked.remove().complete(positive(0));

        assertThat(joined.join()).isSameAs(first.join());
        assertThat(resolver.coalesced()).isEqualTo(1);
        assertThat(cache.get(ORDERS)).isSameAs(first.join().answer());
        assertThat(resolver.resolve(ORDERS)).isNotDone();
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_name_that_does_not_exist_replaces_data() {
        resolved(positive(0));
        CachedAnswer negative =
                resolved(Reply.to(NAME, Type.A).rcode(Rcode.NXDOMAIN).wire());

        assertThat(cache.get(ORDERS)).isSameAs(negative);
    }

    @Test
    void an_empty_answer_replaces_data() {
        resolved(positive(0));
        CachedAnswer empty = resolved(Reply.to(NAME, Type.A).wire());

        assertThat(cache.get(ORDERS)).isSameAs(empty);
    }

    @Test
    void a_server_failure_is_passed_on_to_those_who_waited() {
        CachedAnswer failure =
                resolved(Reply.to(NAME, Type.A).rcode(Rcode.SERVFAIL).wire());

        assertThat(failure.answers().rcode()).isEqualTo(AnswerSet.SERVER_FAILURE);
    }

    @Test
    void an_upstream_that_fails_tells_everybody_why() {
        UpstreamException failure = new UpstreamException(Reason.TIMEOUT, "late");
        CompletableFuture<Resolution> first = resolver.resolve(ORDERS);
        CompletableFuture<Resolution> joined = resolver.resolve(ORDERS);
        asked.remove().completeExceptionally(failure);

        assertThat(failureOf(first)).isSameAs(failure);
        assertThat(failureOf(joined)).isSameAs(failure);
        assertThat(resolver.underWay()).isZero();
    }

    @Test
    void a_reply_that_cannot_be_read_is_a_failure_of_the_upstream() {
        CompletableFuture<Resolution> answer = resolver.resolve(ORDERS);
        asked.remove().complete(new byte[5]);

        assertThat(failureOf(answer))
                .isInstanceOfSatisfying(
                        UpstreamException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(Reason.MISMATCHED));
    }

    @Test
    void an_answer_that_may_not_be_whole_is_told_and_kept() {
        List<String> heard = new ArrayList<>();
        Zones zones = resolver.zones();
        Resolver listened = new Resolver(zones, cache, () -> now, (delay, task) -> () -> {}, new ResolverListener() {
            @Override
            public void partial(Zone zone) {
                heard.add(zone.toString());
            }
        });

        listened.resolve(ORDERS);
        asked.remove()
                .complete(Reply.to(NAME, Type.A)
                        .flag(Flags.TC)
                        .answer(NAME + " 60 IN A 10.0.0.1")
                        .wire());
        listened.resolve(Question.of("other.service.consul", Type.A));
        asked.remove().complete(positive(60));

        assertThat(heard).containsExactly("consul.");
        assertThat(cache.get(ORDERS)).isNotNull();
    }

    @Test
    void names_of_a_zone_that_comes_are_asked_of_its_agent_and_what_others_said_is_forgotten() {
        Question web = Question.of("web.service.alt", Type.A);
        resolver.resolve(web);
        recursed.remove()
                .complete(Reply.to("web.service.alt.", Type.A)
                        .rcode(Rcode.NXDOMAIN)
                        .authority(". 86400 IN SOA a. b. 1 2 3 4 86400")
                        .wire());
        assertThat(cache.get(web)).isNotNull();

        DomainName alt = DomainName.of("alt");
        resolver.use(resolver.zones().with(Zone.consul(alt, question -> asking(question, asked))), alt);

        assertThat(cache.get(web)).isNull();
        resolver.resolve(web);
        assertThat(asked).hasSize(1);
    }

    @Test
    void what_was_asked_before_the_zone_came_is_not_kept() {
        Question web = Question.of("web.service.alt", Type.A);
        resolver.resolve(web);
        DomainName alt = DomainName.of("alt");
        resolver.use(resolver.zones().with(Zone.consul(alt, question -> asking(question, asked))), alt);
        recursed.remove()
                .complete(Reply.to("web.service.alt.", Type.A)
                        .answer("web.service.alt. 60 IN A 192.0.2.1")
                        .wire());

        assertThat(cache.get(web)).isNull();
    }

    @Test
    void all_that_agents_said_can_be_forgotten_and_nothing_else() {
        resolved(positive(60));
        resolver.resolve(EXAMPLE);
        recursed.remove()
                .complete(Reply.to("www.example.com.", Type.A)
                        .answer("www.example.com. 60 IN A 192.0.2.1")
                        .wire());

        resolver.forgetConsul();

        assertThat(cache.get(ORDERS)).isNull();
        assertThat(cache.get(EXAMPLE)).isNotNull();
    }

    private CachedAnswer resolved(byte[] message) {
        CompletableFuture<Resolution> answer = resolver.resolve(ORDERS);
        asked.remove().complete(message);
        return answer.join().answer();
    }

    private static byte[] positive(int ttl) {
        return Reply.to(NAME, Type.A)
                .answer(NAME + " " + ttl + " IN A 10.0.0.1")
                .wire();
    }

    private static Throwable failureOf(CompletableFuture<Resolution> answer) {
        AtomicReference<Throwable> heard = new AtomicReference<>();
        answer.whenComplete((value, failure) -> heard.set(failure));
        return heard.get();
    }
}
