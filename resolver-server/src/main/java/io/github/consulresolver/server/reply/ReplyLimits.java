package io.github.consulresolver.server.reply;

/**
 * How much of a complete set a client of a Consul zone is given, as agents limit it. Immutable.
 *
 * @param udpAnswerLimit the most records for a UDP client without EDNS, 0 or more (Consul's {@code udp_answer_limit})
 * @param aRecordLimit the most addresses of a service over any transport, 0 for no limit (Consul's {@code a_record_limit})
 * @param truncate whether TC tells a UDP client that its reply has not all it would be given over TCP (Consul's {@code enable_truncate}; RFC
 *     2181, section 9)
 */
public record ReplyLimits(int udpAnswerLimit, int aRecordLimit, boolean truncate) {}
