/*
 * standin: stands in for an agent or a recursor, at 127.0.0.1:PORT over UDP and TCP, and behaves as it is told on standard input, a line each:
 *
 *   right          answers: addresses for A, nothing for AAAA, no such name for all else
 *   slow MS        the same, so many milliseconds later
 *   silent         takes questions, and says nothing
 *   failing        SERVFAIL
 *   lying          replies under another id, to another question, from another port, with an address that is forged; never the right one
 *   strange        for names that begin with "good" as right; for others a mutant of a real reply, mostly as if it answered the question, or
 *                  a cut reply, or the right one, or nothing
 *
 * It begins with "right", and ends when standard input does. It checks nothing, since it talks to our server only.
 */
#include "dns.h"
#include <poll.h>
#include <pthread.h>

enum { RIGHT, SLOW, SILENT, FAILING, LYING, STRANGE, WAITING = 65536 };

struct delayed {
    double due;
    struct sockaddr_in to;
    int length;
    unsigned char bytes[600];
};

static volatile int mode = RIGHT;
static volatile double delay;
static int ttl = 60, addresses = 3;
static struct message replies[MOST_CORPUS];
static int reply_count;
static uint64_t seed = 2071;
static pthread_mutex_t chance = PTHREAD_MUTEX_INITIALIZER;
static struct delayed *queue;
static unsigned queue_first, queue_next;

/* The place behind the only question; 0 where the query is none. */
static int question_end(const unsigned char *query, int length) {
    int name = length < HEADER ? -1 : skip_whole_name(query, HEADER, length);
    return name < 0 || name + 4 > length ? 0 : name + 4;
}

static int right(const unsigned char *query, int length, int end, unsigned char *reply, int rcode, const unsigned char *address) {
    int type = u16(query + end - 4);
    bool opt = length > end && query[11] == 1;
    unsigned char *at = reply + end;
    memcpy(reply, query, (size_t) end);
    reply[2] = 0x85; /* QR, AA, RD */
    reply[3] = (unsigned char) (0x80 | (rcode != 0 ? rcode : type == TYPE_A || type == TYPE_AAAA ? 0 : 3));
    memset(reply + 6, 0, 6);
    if (rcode == 0 && type == TYPE_A) {
        reply[7] = (unsigned char) addresses;
        for (int i = 0; i < addresses; i++) {
            at = put16(put16(put16(put16(put16(put16(at, 0xc000 | HEADER), TYPE_A), 1), 0), ttl), 4);
            const unsigned char own[] = {10, 7, 0, (unsigned char) (i + 1)};
            memcpy(at, address != NULL ? address : own, 4);
            at += 4;
        }
    } else if (rcode == 0) {
        reply[9] = 1;
        at = put16(put16(put16(put16(put16(put16(at, 0xc000 | HEADER), TYPE_SOA), 1), 0), ttl), 22);
        memset(at, 0, 22);
        put16(at + 20, ttl);
        at += 22;
    }
    if (opt) {
        const unsigned char record[] = {0, 0, TYPE_OPT, 0x10, 0, 0, 0, 0, 0, 0, 0};
        reply[11] = 1;
        memcpy(at, record, sizeof record);
        at += sizeof record;
    }
    return (int) (at - reply);
}

static int strange(const unsigned char *query, int length, int end, unsigned char *reply) {
    pthread_mutex_lock(&chance);
    int choice = random_below(&seed, 20), made = 0;
    if (query[HEADER] >= 4 && memcmp(query + HEADER + 1, "good", 4) == 0) {
        made = right(query, length, end, reply, 0, NULL);
    } else if (choice == 0) {
        made = 0;
    } else if (choice < 5) {
        made = right(query, length, end, reply, 0, NULL);
    } else if (choice < 7) {
        made = right(query, length, end, reply, 0, NULL);
        reply[2] |= 2; /* TC */
        made = end + random_below(&seed, made - end + 1);
    } else {
        made = mutate(replies, reply_count, &seed, reply);
        if (made >= 2 && choice > 8) memcpy(reply, query, 2);
        /* With a question of the same length, what points to it stays right. */
        int own = question_end(reply, made);
        if (own > 0 && choice > 9) {
            unsigned char rest[MAX_MESSAGE];
            memcpy(rest, reply + own, (size_t) (made - own));
            memcpy(reply + HEADER, query + HEADER, (size_t) (end - HEADER));
            memcpy(reply + end, rest, (size_t) (made - own));
            made += end - own;
        }
    }
    pthread_mutex_unlock(&chance);
    return made;
}

/* The reply; 0 for none. */
static int answer(const unsigned char *query, int length, unsigned char *reply) {
    int end = question_end(query, length);
    if (end == 0) return 0;
    switch (mode) {
        case SILENT: return 0;
        case FAILING: return right(query, length, end, reply, 2, NULL);
        case LYING: return right(query, length, end, reply, 0, FORGED);
        case STRANGE: return strange(query, length, end, reply);
        default: return right(query, length, end, reply, 0, NULL);
    }
}

static bool receive_all(int fd, unsigned char *bytes, int length) {
    for (int got = 0; got < length;) {
        ssize_t part = recv(fd, bytes + got, (size_t) (length - got), 0);
        if (part <= 0) return false;
        got += (int) part;
    }
    return true;
}

static void *connection(void *argument) {
    int fd = (int) (intptr_t) argument;
    unsigned char *query = malloc(MAX_MESSAGE + 2), *reply = malloc(2 * MAX_MESSAGE);
    while (receive_all(fd, query, 2) && receive_all(fd, query + 2, u16(query))) {
        int length = mode == LYING ? 0 : answer(query + 2, u16(query), reply + 2);
        if (mode == SLOW) usleep((useconds_t) (delay * 1e6));
        put16(reply, length);
        if (mode == STRANGE && length > 0 && u16(query + 2) % 16 == 0) put16(reply, length + 100); /* never whole */
        if (length > 0 && send(fd, reply, (size_t) length + 2, MSG_NOSIGNAL) < 0) break;
        if (mode == STRANGE && u16(query + 2) % 16 == 1) break;
    }
    close(fd);
    free(query);
    free(reply);
    return NULL;
}

static void *accept_all(void *argument) {
    int listening = (int) (intptr_t) argument;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 18);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept(listening, NULL, NULL);
        pthread_t thread;
        if (fd < 0) continue;
        struct timeval patience = {30, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (pthread_create(&thread, &small, connection, (void *) (intptr_t) fd) != 0) close(fd);
    }
    return NULL;
}

static void *obey(void *ignored) {
    static const char *const words[] = {"right", "slow", "silent", "failing", "lying", "strange"};
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL)
        for (int i = 0; i < 6; i++)
            if (strncmp(line, words[i], strlen(words[i])) == 0) {
                if (i == SLOW) delay = atof(line + 5) / 1e3;
                mode = i;
            }
    exit(0);
    return ignored;
}

static void lie(int fd, int other, const struct sockaddr_in *to, unsigned char *reply, int length) {
    for (int i = 1; i <= 5; i++) {
        put16(reply, u16(reply) + i);
        sendto(fd, reply, (size_t) length, 0, (const struct sockaddr *) to, sizeof *to);
        put16(reply, u16(reply) - i);
    }
    sendto(other, reply, (size_t) length, 0, (const struct sockaddr *) to, sizeof *to);
    reply[HEADER + 1] ^= 1; /* the first letter of the question */
    sendto(fd, reply, (size_t) length, 0, (const struct sockaddr *) to, sizeof *to);
}

int main(int argc, char **argv) {
    int option;
    while ((option = getopt(argc, argv, "t:a:s:h")) != -1) {
        switch (option) {
            case 't': ttl = atoi(optarg); break;
            case 'a': addresses = atoi(optarg); break;
            case 's': seed = strtoull(optarg, NULL, 10) * 2 + 1; break;
            default: argc = 0;
        }
    }
    int port = argc - optind == 2 ? atoi(argv[optind]) : 0;
    if (port < 1 || port > 65535 || addresses < 0 || addresses > 20 || ttl < 0 || ttl > 65535) {
        fprintf(stderr, "Usage: standin [-t TTL] [-a ADDRESSES] [-s SEED] PORT REPLIES\n"
                        "Stands in for an agent or a recursor at 127.0.0.1:PORT. Behaves as standard input says: right, slow MS, silent, failing, lying, strange\n"
                        "(mutants of the replies of a file, hexadecimal, a line each).\n");
        return 2;
    }
    reply_count = read_corpus(argv[optind + 1], replies);
    queue = calloc(WAITING, sizeof *queue);
    struct sockaddr_in address = loopback(port);
    int one = 1, buffer = 4 << 20, fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (queue == NULL || bind(fd, (struct sockaddr *) &address, sizeof address) != 0 || bind(listening, (struct sockaddr *) &address, sizeof address) != 0
            || listen(listening, 1024) != 0)
        die("bind");
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_all, (void *) (intptr_t) listening) != 0 || pthread_create(&thread, NULL, obey, NULL) != 0) die("thread");
    static unsigned char query[MAX_MESSAGE], reply[2 * MAX_MESSAGE];
    for (;;) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        poll(&readable, 1, queue_first == queue_next ? 1000 : 1);
        while (queue_first != queue_next && queue[queue_first % WAITING].due <= now()) {
            struct delayed *late = &queue[queue_first++ % WAITING];
            sendto(fd, late->bytes, (size_t) late->length, 0, (struct sockaddr *) &late->to, sizeof late->to);
        }
        for (int batch = 0; batch < 256; batch++) {
            struct sockaddr_in from;
            socklen_t size = sizeof from;
            ssize_t length = recvfrom(fd, query, sizeof query, MSG_DONTWAIT, (struct sockaddr *) &from, &size);
            if (length < 0) break;
            int made = answer(query, (int) length, reply);
            if (made == 0) continue;
            if (mode == SLOW && queue_next - queue_first < WAITING && made <= (int) sizeof queue->bytes) {
                struct delayed *late = &queue[queue_next++ % WAITING];
                *late = (struct delayed){.due = now() + delay, .to = from, .length = made};
                memcpy(late->bytes, reply, (size_t) made);
            } else if (mode == LYING) {
                lie(fd, other, &from, reply, made);
            } else {
                sendto(fd, reply, (size_t) made, 0, (struct sockaddr *) &from, sizeof from);
            }
        }
    }
}
