package io.github.consulresolver.server.reply;

/** What becomes of the TTLs of an answer in one reply: a number that is 0 or more is an age they are lowered by, another stands for one TTL. */
final class Ttls {
    private Ttls() {}

    /** All records have this TTL, in seconds, more than 0. */
    static int all(int ttl) {
        return -ttl;
    }

    /** What a record is given that came with {@code ttl}. */
    static int given(int ttl, int age) {
        return age >= 0 ? Math.max(0, ttl - age) : -age;
    }
}
