package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A recursor that forwards to us what we ask it. */
final class LoopTest {
    private static final int LOOP_MARK = 65_313;

    private final CompletableFuture<GenericEDNSOption> seen = new CompletableFuture<>();
    private final CompletableFuture<TestServer> server = new CompletableFuture<>();
    private final ScriptedUpstream forwarder = ScriptedUpstream.start(this::forward);

    LoopTest() throws StartException {
        server.complete(
                TestServer.start(TestServer.loopback(1), config -> config.recursors(List.of(forwarder.address()))));
    }

    @AfterEach
    void end() {
        server.join().close();
        forwarder.close();
    }

    @Test
    void a_question_that_comes_back_to_us_ends_the_loop_with_SERVFAIL_at_once() throws Exception {
        Message reply = server.join().ask(Protocol.UDP, "www.example.org.", Type.A);

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(forwarder.received()).as("it goes round once").isEqualTo(1);
        assertThat(server.join().loops()).isEqualTo(1);
    }

    @Test
    void who_sent_it_back_is_told_why() throws Exception {
        Message forwarded = DnsClient.question("www.example.org.", Type.A);
        forwarded.addRecord(new OPTRecord(1232, 0, 0, 0, List.of(mark())), Section.ADDITIONAL);
        Message reply = server.join().ask(Protocol.UDP, forwarded);

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR))
                .singleElement()
                .isInstanceOfSatisfying(
                        ExtendedErrorCodeOption.class,
                        error -> assertThat(error.getErrorCode())
                                .isEqualTo(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY));
    }

    @Test
    void another_servers_mark_is_not_ours() throws Exception {
        byte[] ours = mark().toWire();
        byte[] other = Arrays.copyOfRange(ours, 4, ours.length);
        other[0] ^= 1;
        Message query = DnsClient.question("www.example.org.", Type.A);
        query.addRecord(
                new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(LOOP_MARK, other))), Section.ADDITIONAL);
        int before = server.join().loops();
        server.join().ask(Protocol.UDP, query);

        // Its question went to the forwarder, which sent it back with our own mark.
        assertThat(server.join().loops()).isEqualTo(before + 1);
    }

    /** The mark on a question of the server's. */
    private GenericEDNSOption mark() throws Exception {
        server.join().ask(Protocol.UDP, "first.example.org.", Type.A);
        return seen.get(10, TimeUnit.SECONDS);
    }

    private void forward(ClientQuery query) throws IOException {
        Message message = query.message();
        seen.complete((GenericEDNSOption) message.getOPT().getOptions(LOOP_MARK).get(0));
        query.reply(server.join().ask(Protocol.UDP, message));
    }
}
