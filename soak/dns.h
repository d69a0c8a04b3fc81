/* What the tools of this folder have in common: time, chance, sockets, and just enough DNS. */
#ifndef SOAK_DNS_H
#define SOAK_DNS_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 12, MAX_MESSAGE = 65535, TYPE_A = 1, TYPE_SOA = 6, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_OPT = 41, MOST_CORPUS = 256 };

/* An address that no honest answer has: a client that is given it was lied to (TEST-NET-2). */
static const unsigned char FORGED[4] = {198, 51, 100, 66};

struct message {
    unsigned char *bytes;
    int length;
};

static inline void die(const char *what) {
    perror(what);
    exit(1);
}

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* xorshift64*: fast, and the same for the same seed everywhere. */
static inline uint64_t random_bits(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL;
}

static inline int random_below(uint64_t *state, int bound) { return (int) ((random_bits(state) >> 33) % (uint64_t) bound); }

static inline int u16(const unsigned char *at) { return at[0] << 8 | at[1]; }

static inline unsigned char *put16(unsigned char *at, int value) {
    at[0] = (unsigned char) (value >> 8);
    at[1] = (unsigned char) value;
    return at + 2;
}

static inline struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int connected_socket(int port) {
    struct sockaddr_in server = loopback(port);
    int buffer = 4 << 20, fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (connect(fd, (struct sockaddr *) &server, sizeof server) != 0) die("connect");
    return fd;
}

/* The place behind a name, which may end in a pointer; -1 where it runs out of the message or has a label of another kind. */
static inline int skip_name(const unsigned char *message, int at, int end) {
    while (at < end) {
        int label = message[at];
        if (label == 0) return at + 1;
        if (label >= 0xc0) return at + 2;
        if (label > 63) return -1;
        at += label + 1;
    }
    return -1;
}

/* The same for a name that must be whole: no pointers, at most 255 bytes. */
static inline int skip_whole_name(const unsigned char *message, int at, int end) {
    int start = at;
    while (at < end && message[at] <= 63) {
        if (message[at] == 0) return at + 1 - start <= 255 ? at + 1 : -1;
        at += message[at] + 1;
    }
    return -1;
}

/* The messages of a file: a line each, in hexadecimal, up to the first blank. */
static inline int read_corpus(const char *path, struct message *messages) {
    static char line[1 << 17];
    int count = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) die(path);
    while (count < MOST_CORPUS && fgets(line, sizeof line, file) != NULL) {
        int length = (int) strcspn(line, " \n") / 2;
        unsigned char *bytes = malloc((size_t) length + 1);
        for (int i = 0; i < length; i++) {
            unsigned value;
            if (sscanf(line + 2 * i, "%2x", &value) != 1) die("not hexadecimal");
            bytes[i] = (unsigned char) value;
        }
        messages[count++] = (struct message){bytes, length};
    }
    fclose(file);
    if (count == 0) die("no messages");
    return count;
}

/* Makes a mutant of one of the messages, as Mutator.java does: up to four changes. Its length; bytes has room for MAX_MESSAGE. */
static inline int mutate(const struct message *corpus, int count, uint64_t *random, unsigned char *bytes) {
    const struct message *seed = &corpus[random_below(random, count)];
    int length = seed->length;
    memcpy(bytes, seed->bytes, (size_t) length);
    for (int changes = random_below(random, 5); changes > 0 && length > 1; changes--) {
        int at = random_below(random, length);
        switch (random_below(random, 12)) {
            case 0: bytes[at] ^= (unsigned char) (1 << random_below(random, 8)); break;
            case 1: bytes[at] = (unsigned char) random_below(random, 256); break;
            case 2: bytes[at] = (unsigned char) (0xc0 | random_below(random, 2)); break;
            case 3: bytes[at] = random_below(random, 2) ? 0 : 0xff; break;
            case 4: bytes[at < 11 ? at : 11] = (unsigned char) random_below(random, 4); break;
            case 5: bytes[at] += (unsigned char) (random_below(random, 5) - 2); break;
            case 6:
                if (random_below(random, 4) == 0) length = at;
                break;
            case 7: {
                int more = random_below(random, 16);
                if (length + more > MAX_MESSAGE) break;
                memset(bytes + length, 0, (size_t) more);
                length += more;
                break;
            }
            case 8: {
                int gone = 1 + random_below(random, 8);
                if (at + gone > length) gone = length - at;
                memmove(bytes + at, bytes + at + gone, (size_t) (length - at - gone));
                length -= gone;
                break;
            }
            case 9: {
                const struct message *other = &corpus[random_below(random, count)];
                int from = random_below(random, other->length), more = 1 + random_below(random, 32);
                if (more > other->length - from) more = other->length - from;
                if (length + more > MAX_MESSAGE) break;
                memmove(bytes + at + more, bytes + at, (size_t) (length - at));
                memcpy(bytes + at, other->bytes + from, (size_t) more);
                length += more;
                break;
            }
            default: {
                int to = random_below(random, length), part = random_below(random, 16), rest = length - (at > to ? at : to);
                memmove(bytes + to, bytes + at, (size_t) (part < rest ? part : rest));
            }
        }
    }
    return length;
}

#endif
