package io.github.consulresolver.server.differential;

import java.util.List;
import org.xbill.DNS.Message;

/**
 * What is compared.
 *
 * @param whole what the agent says over TCP; several where it gives one of several answers
 * @param same what the agent says by the transport that we were asked by
 * @param size of our reply, in bytes
 * @param limit the most instances that are given without EDNS
 * @param age the most that a TTL of ours may be behind the agent's, in seconds
 */
record Replies(List<Message> whole, Message same, Message ours, int size, int limit, long age) {}
