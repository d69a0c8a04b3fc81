package io.github.consulresolver.server;

import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import java.util.stream.IntStream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

/** What an agent would answer, for tests that are about clients. */
final class ScriptedAgent {
    private ScriptedAgent() {}

    /** Every name has these many addresses, from 10.0.0.0 upwards, good for an hour. */
    static ScriptedUpstream withInstances(int count) {
        return ScriptedUpstream.answering(query -> answer(query, count));
    }

    static Message answer(Message query, int count) {
        String name = query.getQuestion().getName().toString();
        String[] records = IntStream.range(0, count)
                .mapToObj(i -> "%s 3600 IN A 10.0.%d.%d".formatted(name, i >> 8, i & 255))
                .toArray(String[]::new);
        return Reply.to(query).flag(Flags.AA).answer(records).opt().message();
    }
}
