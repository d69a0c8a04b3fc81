/*
 * fuzz: millions of mutants of real queries to a server at 127.0.0.1, over UDP and TCP, and a judgement of each reply.
 *
 * What is to come of a mutant is worked out here a second time, from the RFCs and not from the server's code: silence (no header, or a
 * response), an error with a certain code, or an answer. A reply must carry the id, repeat the operation and the question, have an OPT
 * record if and only if the query has one, and be no larger than the client takes.
 *
 * Mutants that ask for what is not in the corpus cost the server a question to its upstream; there are only so many of them a second, since
 * the kernel keeps track of each. All others are sent as fast as they are answered.
 *
 * Prints a line of JSON every few seconds, and one at the end with "done". The first few wrong replies are told on standard error, with the
 * query in hexadecimal.
 */
#include "dns.h"
#include <poll.h>
#include <pthread.h>

enum { SOCKETS = 8, CONNECTIONS = 32, WINDOW = 24, FLIGHTS = 1024, SILENCE = -1, UNREADABLE = -2, ANSWER = 0, NOTIMP = 4, FORMERR = 1, REFUSED = 5, BADVERS = 16, MOST_QUERY = 1400 };
static const double PATIENCE = 8;

struct expected {
    int rcode; /* or SILENCE; ANSWER stands for any that an upstream may have given */
    bool opt;
    int size;     /* the largest reply over UDP */
    int question; /* its length; 0: need not be repeated */
};

struct flight {
    double sent_at;
    uint16_t id;
    bool open, strange;
    struct expected expected;
    int length;
    unsigned char query[MOST_QUERY];
};

struct counts {
    long sent, silent, answered, errors, wrong, lost, stray;
    long tcp_connections, tcp_sent, tcp_answered, tcp_wrong, tcp_lost, tcp_stuck;
};

static struct message corpus[MOST_CORPUS];
static int corpus_count, port;
static struct flight flights[SOCKETS][FLIGHTS];
static int in_flight[SOCKETS];
static uint32_t next[SOCKETS];
static struct counts counts;
static volatile bool done;
static long complaints;
static double strange_rate = 500;

static int skip_questions(const unsigned char *message, int end) {
    int at = HEADER;
    for (int i = 0; i < u16(message + 4); i++) {
        at = i == 0 ? skip_whole_name(message, at, end) : skip_name(message, at, end);
        if (at < 0 || at + 4 > end) return -1;
        at += 4;
    }
    return at;
}

/* RFC 7871 section 6; one of another family than IPv4 and IPv6 says nothing, and is let be. */
static bool subnet_is_right(const unsigned char *data, int length) {
    if (length < 4) return false;
    int family = u16(data), prefix = data[2], octets = (prefix + 7) / 8;
    if (family != 1 && family != 2) return true;
    if (prefix > (family == 1 ? 32 : 128) || data[3] != 0 || length != 4 + octets) return false;
    return prefix % 8 == 0 || (data[length - 1] & (0xff >> prefix % 8)) == 0;
}

static bool options_are_right(const unsigned char *message, int at, int end) {
    while (at + 4 <= end) {
        int data = at + 4, length = u16(message + at + 2);
        if (data + length > end || (u16(message + at) == 8 && !subnet_is_right(message + data, length))) return false;
        at = data + length;
    }
    return at == end;
}

/* ANSWER, FORMERR or BADVERS, by the records behind the question; notes what the OPT record says. */
static int judge_records(const unsigned char *message, int at, int end, struct expected *expected) {
    int others = u16(message + 6) + u16(message + 8), all = others + u16(message + 10), verdict = ANSWER;
    for (int i = 0; i < all; i++) {
        int fields = skip_name(message, at, end);
        if (fields < 0 || fields + 10 > end || fields + 10 + u16(message + fields + 8) > end) return FORMERR;
        int data = fields + 10, behind = data + u16(message + fields + 8);
        if (u16(message + fields) == TYPE_OPT) {
            bool known = message[fields + 5] == 0;
            if (expected->opt || i < others || fields != at + 1 || (known && !options_are_right(message, data, behind))) return FORMERR;
            expected->opt = true;
            if (u16(message + fields + 2) > expected->size) expected->size = u16(message + fields + 2);
            verdict = known ? ANSWER : BADVERS;
        }
        at = behind;
    }
    return verdict;
}

static struct expected judge(const unsigned char *message, int length) {
    struct expected expected = {.rcode = SILENCE, .size = 512};
    if (length < HEADER || message[2] >> 7 == 1) return expected;
    int questions = skip_questions(message, length);
    int records = questions < 0 ? FORMERR : judge_records(message, questions, length, &expected);
    bool one = questions >= 0 && u16(message + 4) == 1;
    if ((message[2] & 0x78) != 0) {
        expected.rcode = NOTIMP;
    } else if (!one) {
        expected.rcode = FORMERR;
    } else {
        int type = u16(message + questions - 4);
        expected.question = questions - HEADER;
        expected.rcode = records != ANSWER ? records
                : u16(message + questions - 2) != 1 ? REFUSED
                : type == 251 || type == 252 ? NOTIMP
                : type == TYPE_OPT ? FORMERR
                : ANSWER;
    }
    return expected;
}

static void print_hex(const char *what, const unsigned char *message, int length) {
    fputs(what, stderr);
    for (int i = 0; i < length; i++) fprintf(stderr, "%02x", message[i]);
}

static void complain(const char *what, const unsigned char *query, int length, const unsigned char *reply, int reply_length) {
    if (__sync_add_and_fetch(&complaints, 1) > 10) return;
    flockfile(stderr);
    fprintf(stderr, "fuzz: %s", what);
    print_hex(": ", query, length);
    if (reply_length > 0) print_hex(" had ", reply, reply_length);
    fputc('\n', stderr);
    funlockfile(stderr);
}

/* NULL when the reply is right, else what is wrong with it. */
static const char *wrong_with(const struct expected *expected, const unsigned char *query, const unsigned char *reply, int length, int most) {
    if (length < HEADER) return "a reply without a whole header";
    if (length > most) return "a reply larger than the client takes";
    if (reply[2] >> 7 != 1 || (reply[2] & 0x78) != (query[2] & 0x78)) return "a reply to another operation";
    int questions = u16(reply + 4), at = HEADER, rcode = reply[3] & 15;
    bool opt = false;
    if (questions > 1 || (expected->question > 0 && questions != 1)) return "a reply without the question";
    if (questions == 1) {
        if (length < HEADER + expected->question || memcmp(reply + HEADER, query + HEADER, (size_t) expected->question) != 0) return "a reply to another question";
        at += expected->question;
    }
    for (int i = u16(reply + 6) + u16(reply + 8) + u16(reply + 10); i > 0; i--) {
        int fields = skip_name(reply, at, length);
        if (fields < 0 || fields + 10 > length || fields + 10 + u16(reply + fields + 8) > length) return "a reply that cannot be read";
        if (u16(reply + fields) == TYPE_OPT) {
            opt = true;
            rcode |= reply[fields + 4] << 4;
        }
        at = fields + 10 + u16(reply + fields + 8);
    }
    if (at != length) return "a reply with something behind its end";
    if (opt != expected->opt) return opt ? "a reply with an OPT record for a query without" : "a reply without an OPT record for a query with one";
    if (memmem(reply, (size_t) length, FORGED, sizeof FORGED) != NULL) return "a forged answer";
    if (expected->rcode == SILENCE) return "a reply where silence is right";
    /* An agent's code is passed on, whatever it is; but not one that blames the query, which was right. */
    bool any = rcode < 16 && rcode != FORMERR && rcode != NOTIMP;
    return expected->rcode == ANSWER ? (any ? NULL : "a reply with an odd code") : rcode == expected->rcode ? NULL : "a reply with the wrong code";
}

/* Whether the corpus asks this: then the answer is mostly known to the server. */
static bool is_usual(const unsigned char *query, const struct expected *expected) {
    for (int i = 0; i < corpus_count; i++) {
        const struct message *usual = &corpus[i];
        if (usual->length < HEADER + expected->question) continue;
        bool same = true;
        for (int j = 0; same && j < expected->question; j++) {
            int a = query[HEADER + j], b = usual->bytes[HEADER + j];
            same = a == b || ((a | 32) == (b | 32) && (a | 32) >= 'a' && (a | 32) <= 'z');
        }
        if (same) return true;
    }
    return false;
}

static bool may_be_strange(double *due, double rate) {
    double time = now();
    if (*due < time - 0.1) *due = time - 0.1;
    if (*due > time) return false;
    *due += 1 / rate;
    return true;
}

/* The next mutant that may be sent now. */
static int next_mutant(uint64_t *random, unsigned char *query, struct expected *expected, bool *strange, double *strange_due, double rate) {
    for (;;) {
        int length = mutate(corpus, corpus_count, random, query);
        if (length > MOST_QUERY) continue;
        *expected = judge(query, length);
        *strange = expected->rcode == ANSWER && !is_usual(query, expected);
        if (!*strange || may_be_strange(strange_due, rate)) return length;
    }
}

static void retire(int socket, double time) {
    for (int i = 0; i < FLIGHTS; i++) {
        struct flight *flight = &flights[socket][i];
        if (!flight->open || time - flight->sent_at < PATIENCE) continue;
        flight->open = false;
        if (!flight->strange) in_flight[socket]--;
        counts.lost++;
        complain("no reply to", flight->query, flight->length, NULL, 0);
    }
}

static void take(int socket, const unsigned char *reply, int length) {
    struct flight *flight = length < 2 ? NULL : &flights[socket][u16(reply) % FLIGHTS];
    if (flight == NULL || flight->id != u16(reply) || flight->length == 0) {
        counts.stray++;
        return;
    }
    const char *wrong = wrong_with(&flight->expected, flight->query, reply, length, flight->expected.size);
    if (!flight->open && wrong == NULL) {
        counts.stray++; /* late, or twice */
        return;
    }
    if (wrong != NULL) {
        counts.wrong++;
        complain(wrong, flight->query, flight->length, reply, length);
    } else if (flight->expected.rcode == ANSWER) {
        counts.answered++;
    } else {
        counts.errors++;
    }
    if (flight->open) {
        flight->open = false;
        if (!flight->strange) in_flight[socket]--;
    }
}

static void report(const char *state, double began) {
    printf("{\"state\": \"%s\", \"seconds\": %.1f, \"sent\": %ld, \"silent\": %ld, \"answered\": %ld, \"errors\": %ld, \"wrong\": %ld, \"lost\": %ld, \"stray\": %ld, "
           "\"tcp_connections\": %ld, \"tcp_sent\": %ld, \"tcp_answered\": %ld, \"tcp_wrong\": %ld, \"tcp_lost\": %ld, \"tcp_stuck\": %ld}\n",
           state, now() - began, counts.sent, counts.silent, counts.answered, counts.errors, counts.wrong, counts.lost, counts.stray, counts.tcp_connections,
           counts.tcp_sent, counts.tcp_answered, counts.tcp_wrong, counts.tcp_lost, counts.tcp_stuck);
    fflush(stdout);
}

static bool send_all(int fd, const unsigned char *bytes, int length, uint64_t *random) {
    for (int from = 0; from < length;) {
        int part = 1 + random_below(random, random_below(random, 8) == 0 ? 3 : 400);
        ssize_t sent = send(fd, bytes + from, (size_t) (part < length - from ? part : length - from), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        from += (int) sent;
    }
    return true;
}

/* One connection: some mutants behind each other, in pieces; at the end perhaps one with a wrong length. Everything before that is answered, or the
   connection ends. */
static void converse(uint64_t *random, double *strange_due) {
    enum { MOST = 20 };
    static __thread unsigned char query[MAX_MESSAGE], stream[MOST * (MOST_QUERY + 2)], queries[MOST][MOST_QUERY], reply[MAX_MESSAGE + 2];
    struct expected expected[MOST];
    bool open[MOST] = {false};
    int lengths[MOST], size = 0, count = 1 + random_below(random, MOST), waiting = 0;
    bool ends = false; /* whether the server is to end the connection */
    struct sockaddr_in server = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct linger reset = {1, 0};
    struct timeval patience = {15, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *) &server, sizeof server) != 0) {
        __sync_add_and_fetch(&counts.tcp_lost, 1);
        close(fd);
        return;
    }
    __sync_add_and_fetch(&counts.tcp_connections, 1);
    for (int i = 0; i < count; i++) {
        bool strange;
        int length = next_mutant(random, query, &expected[i], &strange, strange_due, strange_rate / 4 / CONNECTIONS), written = length;
        if (length >= 2) put16(query, i);
        if (random_below(random, 40) == 0) { /* the end of what can be told apart */
            written = random_below(random, 65536);
            if (written == length) continue;
            ends = written > 4096 || written < length;
            count = i + 1;
        }
        put16(stream + size, written);
        memcpy(stream + size + 2, query, (size_t) length);
        size += 2 + length;
        lengths[i] = length;
        memcpy(queries[i], query, (size_t) length);
        if (written != length) {
            /* A message that stays a piece is idle time. We do not wait for its end, but go. */
            if (!ends) waiting = -1;
            break;
        }
        if (expected[i].rcode == SILENCE) {
            ends = true;
            break;
        }
        open[i] = true;
        waiting++;
        __sync_add_and_fetch(&counts.tcp_sent, 1);
    }
    bool whole = send_all(fd, stream, size, random);
    if (ends && waiting >= 0 && random_below(random, 2) == 0) shutdown(fd, SHUT_WR);
    int filled = 0;
    double until = now() + PATIENCE;
    bool ended = !whole;
    while (waiting >= 0 && !ended && (waiting > 0 || ends) && now() < until) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (poll(&readable, 1, 100) <= 0) continue;
        ssize_t got = recv(fd, reply + filled, sizeof reply - (size_t) filled, 0);
        if (got <= 0) {
            ended = true;
            break;
        }
        filled += (int) got;
        while (filled >= 2 && filled >= 2 + u16(reply)) {
            int length = u16(reply), i = length < 2 ? MOST : u16(reply + 2);
            const char *wrong = i >= count || !open[i] ? "a reply to nothing that was asked" : wrong_with(&expected[i], queries[i], reply + 2, length, MAX_MESSAGE);
            if (wrong != NULL) {
                __sync_add_and_fetch(&counts.tcp_wrong, 1);
                complain(wrong, i < count ? queries[i] : reply, i < count ? lengths[i] : 0, reply + 2, length);
            } else {
                __sync_add_and_fetch(&counts.tcp_answered, 1);
                open[i] = false;
                waiting--;
            }
            filled -= 2 + length;
            memmove(reply, reply + 2 + length, (size_t) filled);
        }
    }
    if (ends && !ended && waiting >= 0) __sync_add_and_fetch(&counts.tcp_stuck, 1);
    if (!ends && waiting > 0) {
        __sync_add_and_fetch(&counts.tcp_lost, waiting);
        for (int i = 0; i < count; i++)
            if (open[i]) complain("no reply over TCP to", queries[i], lengths[i], NULL, 0);
    }
    close(fd);
}

struct tcp_plan {
    uint64_t seed;
    long messages;
};

static void *tcp_clients(void *argument) {
    struct tcp_plan *plan = argument;
    double strange_due = 0;
    while (counts.tcp_sent < plan->messages && !done) converse(&plan->seed, &strange_due);
    return NULL;
}

int main(int argc, char **argv) {
    long packets = 1000000;
    uint64_t seed = 1035;
    double tcp_percent = 1;
    int option;
    while ((option = getopt(argc, argv, "n:s:t:u:h")) != -1) {
        switch (option) {
            case 'n': packets = atol(optarg); break;
            case 's': seed = strtoull(optarg, NULL, 10); break;
            case 't': tcp_percent = atof(optarg); break;
            case 'u': strange_rate = atof(optarg); break;
            default: argc = 0;
        }
    }
    port = argc - optind == 2 ? atoi(argv[optind]) : 0;
    if (port < 1 || port > 65535 || packets < 1 || strange_rate <= 0) {
        fprintf(stderr, "Usage: fuzz [-n PACKETS] [-s SEED] [-t PERCENT_OVER_TCP] [-u STRANGE_A_SECOND] PORT QUERIES\n"
                        "Sends mutants of the queries of a file (hexadecimal, a line each) to 127.0.0.1:PORT, and judges the replies.\n");
        return 2;
    }
    corpus_count = read_corpus(argv[optind + 1], corpus);
    seed = seed * 2 + 1; /* xorshift knows no zero */
    struct pollfd readable[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) readable[i] = (struct pollfd){.fd = connected_socket(port), .events = POLLIN};
    static struct tcp_plan plans[CONNECTIONS];
    pthread_t threads[CONNECTIONS];
    long over_tcp = (long) (packets * tcp_percent / 100), over_udp = packets - over_tcp;
    for (int i = 0; i < CONNECTIONS; i++) {
        plans[i] = (struct tcp_plan){(seed + (uint64_t) i + 1) * 0x9E3779B97F4A7C15ULL | 1, over_tcp};
        if (pthread_create(&threads[i], NULL, tcp_clients, &plans[i]) != 0) die("thread");
    }
    static unsigned char query[MAX_MESSAGE], reply[MAX_MESSAGE];
    double began = now(), told = began, checked = began, strange_due = 0, ending = 0;
    for (;;) {
        double time = now();
        bool open = false;
        for (int i = 0; i < SOCKETS; i++) {
            for (int burst = 0; burst < WINDOW && in_flight[i] < WINDOW && counts.sent < over_udp; burst++) {
                struct flight *flight = &flights[i][next[i] % FLIGHTS];
                if (flight->open) {
                    next[i]++; /* a strange one that takes its time */
                    continue;
                }
                struct expected expected;
                bool strange;
                int length = next_mutant(&seed, query, &expected, &strange, &strange_due, strange_rate);
                uint16_t id = (uint16_t) next[i]++;
                if (length >= 2) put16(query, id);
                bool silence = expected.rcode == SILENCE;
                *flight = (struct flight){.sent_at = time, .id = id, .open = !silence, .strange = strange, .expected = expected, .length = length};
                memcpy(flight->query, query, (size_t) length);
                if (send(readable[i].fd, query, (size_t) length, 0) < 0 && errno != ECONNREFUSED && errno != EAGAIN && errno != ENOBUFS) die("send");
                counts.sent++;
                if (silence) counts.silent++;
                else if (!strange) in_flight[i]++;
            }
        }
        if (poll(readable, SOCKETS, 1) < 0 && errno != EINTR) die("poll");
        for (int i = 0; i < SOCKETS; i++) {
            ssize_t length;
            if (readable[i].revents != 0)
                while ((length = recv(readable[i].fd, reply, sizeof reply, MSG_DONTWAIT)) >= 0) take(i, reply, (int) length);
        }
        if (time - checked > 0.25) {
            checked = time;
            for (int i = 0; i < SOCKETS; i++) retire(i, time);
        }
        if (time - told > 5) {
            told = time;
            report("running", began);
        }
        if (counts.sent < over_udp) continue;
        if (ending == 0) ending = time;
        for (int i = 0; i < SOCKETS; i++)
            for (int j = 0; j < FLIGHTS; j++) open |= flights[i][j].open;
        bool tcp_left = counts.tcp_sent < over_tcp;
        if (!open && (!tcp_left || time - ending > 120)) break;
    }
    done = true;
    for (int i = 0; i < CONNECTIONS; i++) pthread_join(threads[i], NULL);
    report("done", began);
    return 0;
}
