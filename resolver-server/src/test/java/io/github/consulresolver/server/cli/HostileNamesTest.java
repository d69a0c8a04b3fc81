package io.github.consulresolver.server.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A label may have any bytes in it. None of them gets where somebody would take them for ours. */
final class HostileNamesTest {
    private static final String MARK = "zzmarkzz";

    private static final List<String> LABELS = List.of(
            MARK + "\n2026-01-01 ERROR the disk is full",
            MARK + "\r\nHTTP/1.1 200 OK\r\n\r\n",
            MARK + "\"} 1\nup 0",
            MARK + "\\\",evil=\"",
            MARK + "\u001b[2J\u001b]0;title\u0007",
            MARK + "{{braces}} ${jndi:ldap://127.0.0.1/x} %s %n",
            MARK + "<script>alert(1)</script>",
            MARK + "\0zero",
            MARK + "\u00ff\u00fe\u0080");

    @TempDir
    Path directory;

    private final ScriptedUpstream upstream = ScriptedUpstream.start(query -> {
        Message message = query.message();
        int rcode = message.getQuestion().getName().toString().contains("%s") ? Rcode.SERVFAIL : Rcode.NXDOMAIN;
        query.reply(Reply.to(message).rcode(rcode).opt().message());
    });

    @AfterEach
    void end() {
        upstream.close();
    }

    @Test
    void no_byte_of_a_name_gets_into_a_log_or_onto_a_page_of_the_admin_door() throws Exception {
        int port = upstream.address().getPort();
        try (Spawned server = Spawned.start(
                directory,
                "serve",
                "--listen=127.0.0.1:0",
                "--admin=127.0.0.1:0",
                "--log-level=trace",
                "--consul=127.0.0.1:" + port,
                "--consul-http=127.0.0.1:1",
                "--recursor=127.0.0.1:" + port)) {
            InetSocketAddress dns = server.listening();
            InetSocketAddress admin = server.admin();
            for (Protocol protocol : Protocol.values()) {
                for (String label : LABELS) {
                    for (List<String> zone : List.of(List.of("service", "consul"), List.of("example"))) {
                        byte[] reply = DnsClient.of(dns).ask(protocol, query(label, zone));
                        assertThat(reply[3] & 15).isIn(Rcode.NXDOMAIN, Rcode.SERVFAIL);
                    }
                }
            }

            assertThat(page(admin, "/metrics"))
                    .contains("consul_resolver_queries_total")
                    .doesNotContain(MARK);
            assertThat(page(admin, "/health")).contains("\"up\"").doesNotContain(MARK);
            server.terminate();
            assertThat(server.errors().lines().filter(line -> line.contains(MARK)))
                    .as("a name in a log is written as in a zone file")
                    .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c < 127));
            assertThat(server.errors().lines())
                    .noneMatch(line -> line.startsWith("2026-01-01 ERROR the disk") || line.startsWith("up 0"))
                    .noneMatch(line -> line.contains("\u001b"));
        }
    }

    /** By hand: a library would escape it. */
    private static byte[] query(String first, List<String> rest) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        wire.writeBytes(new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        label(wire, first);
        rest.forEach(label -> label(wire, label));
        wire.writeBytes(new byte[] {0, 0, Type.A, 0, 1});
        return wire.toByteArray();
    }

    private static void label(ByteArrayOutputStream wire, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        wire.write(bytes.length);
        wire.writeBytes(bytes);
    }

    private static String page(InetSocketAddress admin, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + admin.getPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }
}
