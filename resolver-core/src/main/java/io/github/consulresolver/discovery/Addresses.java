package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** The addresses that answers tell. Each carries the host's name, so that nobody asks DNS for the name of an address. */
final class Addresses {
    static final int TYPE_A = 1;
    static final int TYPE_AAAA = 28;

    private Addresses() {}

    /** The first address among the answers to a question for {@code host}, at the end of whatever chain of CNAMEs. */
    static Optional<InetAddress> first(String host, AnswerSet answers) {
        if (answers instanceof InstanceSet set) {
            return IntStream.range(set.chain(), set.chain() + set.instances())
                    .mapToObj(block -> Block.of(set, block))
                    .filter(block -> isAddress(block.type()))
                    .findFirst()
                    .map(block -> address(host, block));
        }
        try {
            return first(host, (VerbatimAnswer) answers);
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("an answer that was checked cannot be read", impossible);
        }
    }

    private static Optional<InetAddress> first(String host, VerbatimAnswer answer) throws MalformedMessageException {
        MessageReader reader = new MessageReader(answer.message());
        // Not further: the OPT record, which the header counts, is not there.
        for (int at = reader.questionEnd(); at < answer.answersEnd() && reader.next(); at = reader.end()) {
            if (isAddress(reader.type())) {
                return Optional.of(address(host, reader.rdata()));
            }
        }
        return Optional.empty();
    }

    /** The first address of a group of glue. */
    static Optional<InetAddress> ofGlue(String host, InstanceSet set, int group) {
        return set.firstGlue(group) == set.firstGlue(group + 1)
                ? Optional.empty()
                : Optional.of(address(host, Block.ofGlue(set, set.firstGlue(group))));
    }

    private static boolean isAddress(int type) {
        return type == TYPE_A || type == TYPE_AAAA;
    }

    private static InetAddress address(String host, Block block) {
        return address(host, Arrays.copyOfRange(block.bytes(), block.data(), block.data() + block.length()));
    }

    private static InetAddress address(String host, byte[] bytes) {
        try {
            return InetAddress.getByAddress(host, bytes);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an answer that was checked has an address of another length", impossible);
        }
    }
}
