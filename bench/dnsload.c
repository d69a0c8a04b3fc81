/*
 * dnsload: as many DNS queries as a server can answer, over UDP to 127.0.0.1, and a check of every reply.
 *
 * A closed loop: each socket keeps a window of queries in flight and sends a new batch as replies come in. Queries and
 * replies go through sendmmsg and recvmmsg, a batch a system call, so that one core of load can saturate one core of
 * server; no public generator does that for the fastest servers.
 *
 * With a rate it is an open loop: queries leave when they are due, whatever the server does, and a reply's time counts from
 * when its query was due, so that a pause of the server (or of ours) is seen by all who would have asked meanwhile. A part
 * of the queries can be of names that nobody has asked before; those only keep the server busy, and are counted apart.
 *
 * A reply is right when it carries the id of a query in flight on its socket, repeats that query's question byte for
 * byte, says NOERROR, and has at least the wanted number of answers. A query without a reply for 200 ms is lost; its
 * socket then goes on with an eighth of its window, since a server with a small receive buffer shall be driven, not
 * drowned: eight sockets with 32 queries each are what Linux holds by default.
 *
 * Prints "measuring" when the ramp ends, and at the end one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 64,           /* datagrams a system call */
    MAX_SOCKETS = 64,
    MAX_WINDOW = 1024,
    FLIGHTS = 4096,       /* queries a socket remembers; divides 65536, so that an id names its place */
    MAX_QUERY = 300,      /* header, 255 of name, type and class, OPT */
    MAX_REPLY = 4160,     /* of a longer one only this is kept; no power of two, so that buffers share no cache sets */
    HEADER = 12,
    LATENCY_STEP_US = 1,  /* resolution of the percentiles */
    LATENCY_STEPS = 200001
};

static const double LOST_AFTER = 0.2; /* seconds */

struct query {
    const unsigned char *wire;
    short length;
    short question_end;
};

struct flight {
    const struct query *query;
    double sent_at;
    uint16_t id;
    bool open;
    bool unknown; /* of a name that nobody has asked before */
};

struct client {
    int fd;
    uint32_t next;   /* sequence number of the next query; its lower 16 bits are the id */
    uint32_t oldest; /* nothing older is in flight */
    int in_flight;
    int window;
    struct flight flights[FLIGHTS];
};

struct counts {
    unsigned long sent, right, wrong, lost, stray, bytes, unknown, unknown_answered;
    uint32_t latencies[LATENCY_STEPS];
};

static struct query *queries;
static size_t query_count, next_query;
static struct client *clients;
static struct counts counts;
static int least_answers = 1;
static int full_window = 256, least_window;
static double open_rate;     /* queries a second; 0: a closed loop */
static double unknown_part;  /* of all queries */
static bool once;            /* each query once, then the end */
static unsigned long taken;  /* queries that were taken from the list */

static void usage(FILE *out) {
    fprintf(out,
            "Usage: dnsload [OPTION]... PORT QUERIES\n"
            "Loads the DNS server at 127.0.0.1:PORT with the queries of a file, \"NAME TYPE\" a line, again and again.\n"
            "\n"
            "  -t SECONDS   how long to measure (5)\n"
            "  -r SECONDS   how long to load before that (0.5)\n"
            "  -s SOCKETS   client sockets, 1 to %d (8)\n"
            "  -w WINDOW    queries in flight a socket, 1 to %d (256)\n"
            "  -e SIZE      send EDNS with this payload size; 0: no EDNS (0)\n"
            "  -a COUNT     fewer answers than this in a reply are wrong (1)\n"
            "  -o RATE      an open loop of this many queries a second; 0: a closed one (0)\n"
            "  -u PERCENT   of the queries are of names that nobody has asked before, under service.consul (0)\n"
            "  -1           ask everything once, and end; -t is then the longest that may take, and there is no ramp\n",
            MAX_SOCKETS, MAX_WINDOW);
}

static void die(const char *what) {
    fprintf(stderr, "dnsload: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) die("memory");
    return memory;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int type_number(const char *type) {
    static const struct { const char *name; int number; } types[] = {
        {"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"PTR", 12}, {"TXT", 16}, {"AAAA", 28}, {"SRV", 33}, {"ANY", 255}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i].name) == 0) return types[i].number;
    return -1;
}

/* Writes a query with RD, of at most MAX_QUERY bytes, to wire; false where the name is none. */
static bool encode(struct query *query, unsigned char *wire, const char *name, int type, int edns_size) {
    int end = HEADER;
    memset(wire, 0, HEADER);
    wire[2] = 1; /* RD */
    wire[5] = 1; /* QDCOUNT */
    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        if (label == 0 || label > 63 || end + label > HEADER + 253) return false;
        wire[end++] = (unsigned char) label;
        memcpy(wire + end, name, label);
        end += label;
        name += label;
        if (*name == '.') name++;
    }
    const unsigned char root_type_class[] = {0, type >> 8, type & 255, 0, 1};
    memcpy(wire + end, root_type_class, sizeof root_type_class);
    end += sizeof root_type_class;
    query->question_end = (short) end;
    if (edns_size > 0) {
        const unsigned char opt[] = {0, 0, 41, edns_size >> 8, edns_size & 255, 0, 0, 0, 0, 0, 0};
        wire[11] = 1; /* ARCOUNT */
        memcpy(wire + end, opt, sizeof opt);
        end += sizeof opt;
    }
    query->wire = wire;
    query->length = (short) end;
    return true;
}

static void read_queries(const char *path, int edns_size) {
    char name[512], type[16];
    size_t room = 0, free_bytes = 0;
    unsigned char *pool = NULL;
    FILE *file = fopen(path, "r");
    if (file == NULL) die(path);
    while (fscanf(file, "%511s %15s", name, type) == 2) {
        if (query_count == room) {
            room = room == 0 ? 1024 : 2 * room;
            queries = realloc(queries, room * sizeof *queries);
            if (queries == NULL) die("memory");
        }
        if (free_bytes < MAX_QUERY) pool = allocate(1, free_bytes = 1 << 20);
        int number = type_number(type);
        if (number < 0 || !encode(&queries[query_count], pool, name, number, edns_size)) {
            fprintf(stderr, "dnsload: %s: not a question: %s %s\n", path, name, type);
            exit(2);
        }
        pool += queries[query_count].length;
        free_bytes -= queries[query_count].length;
        query_count++;
    }
    fclose(file);
    if (query_count == 0) {
        fprintf(stderr, "dnsload: %s: no questions\n", path);
        exit(2);
    }
}

static int connected_socket(int port) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int buffer = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (connect(fd, (struct sockaddr *) &server, sizeof server) != 0) die("connect");
    return fd;
}

/* Gives up on what waits too long, and forgets what is done. */
static void retire(struct client *client, double time) {
    while (client->oldest != client->next) {
        struct flight *flight = &client->flights[client->oldest % FLIGHTS];
        if (flight->open) {
            if (time - flight->sent_at < LOST_AFTER) return;
            flight->open = false;
            client->in_flight--;
            counts.lost++;
            client->window = least_window;
        }
        client->oldest++;
    }
}

/* A query of a name that is new in this run, and very likely to the server. */
static const struct query *unknown_query(void) {
    static unsigned char wires[BATCH][MAX_QUERY];
    static struct query made[BATCH];
    static unsigned long number;
    static unsigned run;
    char name[64];
    if (run == 0) run = (unsigned) getpid() << 12 ^ (unsigned) (now() * 1e3);
    int place = (int) (number % BATCH);
    snprintf(name, sizeof name, "unknown-%x-%lx.service.consul", run, number++);
    encode(&made[place], wires[place], name, 1, 0);
    return &made[place];
}

static const struct query *known_query(void) {
    const struct query *query = &queries[next_query];
    next_query = next_query + 1 == query_count ? 0 : next_query + 1;
    taken++;
    return query;
}

static void send_queries(struct client *client, int count, double due, double interval) {
    static unsigned char wires[BATCH][MAX_QUERY];
    static struct iovec vectors[BATCH];
    static struct mmsghdr messages[BATCH];
    static double unknown_due;
    for (int i = 0; i < count; i++) {
        unknown_due += unknown_part;
        bool unknown = unknown_due >= 1;
        if (unknown) unknown_due -= 1;
        const struct query *query = unknown ? unknown_query() : known_query();
        uint16_t id = (uint16_t) (client->next + i);
        struct flight *flight = &client->flights[id % FLIGHTS];
        *flight = (struct flight){.query = query, .sent_at = due + i * interval, .id = id, .open = !unknown, .unknown = unknown};
        memcpy(wires[i], query->wire, query->length);
        wires[i][0] = id >> 8;
        wires[i][1] = id & 255;
        vectors[i] = (struct iovec){.iov_base = wires[i], .iov_len = query->length};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
        if (unknown) counts.unknown++;
        else client->in_flight++;
    }
    int sent = 0, tries = 0;
    while (sent < count && tries++ < 4) {
        int more = sendmmsg(client->fd, messages + sent, count - sent, 0);
        if (more > 0) sent += more;
        else if (errno != ECONNREFUSED && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) die("send");
    }
    /* What could not be sent stays open, and is lost. */
    client->next += count;
    counts.sent += count;
}

static int remembered_room(const struct client *client) {
    int room = FLIGHTS - (int) (client->next - client->oldest);
    return room < BATCH ? room : BATCH;
}

static void send_batch(struct client *client, double time) {
    int room = client->window - client->in_flight;
    if (room < client->window / 4) return; /* small batches would waste the system call */
    if (room > remembered_room(client)) room = remembered_room(client);
    if (once && room > (long) (query_count - taken)) room = (int) (query_count - taken);
    if (room > 0) send_queries(client, room, time, 0);
}

static bool is_right(const struct query *query, const unsigned char *reply, int length) {
    return length >= query->question_end
            && (reply[2] & 0xf8) == 0x80 /* a reply, opcode QUERY */
            && (reply[3] & 0x0f) == 0    /* NOERROR */
            && reply[4] == 0 && reply[5] == 1
            && (reply[6] << 8 | reply[7]) >= least_answers
            && memcmp(reply + HEADER, query->wire + HEADER, query->question_end - HEADER) == 0;
}

static void take(struct client *client, const unsigned char *reply, int length, double time) {
    uint16_t id = length < 2 ? 0 : (uint16_t) (reply[0] << 8 | reply[1]);
    struct flight *flight = &client->flights[id % FLIGHTS];
    if (length >= HEADER && flight->unknown && flight->id == id) {
        flight->unknown = false;
        counts.unknown_answered++;
        return;
    }
    if (length < HEADER || !flight->open || flight->id != id) {
        counts.stray++; /* late, twice, or never asked for */
        return;
    }
    flight->open = false;
    client->in_flight--;
    counts.bytes += length;
    if (is_right(flight->query, reply, length)) counts.right++;
    else counts.wrong++;
    int step = (int) ((time - flight->sent_at) * 1e6 / LATENCY_STEP_US);
    counts.latencies[step < LATENCY_STEPS ? step : LATENCY_STEPS - 1]++;
}

static void receive_batch(struct client *client) {
    static unsigned char replies[BATCH][MAX_REPLY];
    static struct iovec vectors[BATCH];
    static struct mmsghdr messages[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){.iov_base = replies[i], .iov_len = MAX_REPLY};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
    }
    int received = recvmmsg(client->fd, messages, BATCH, MSG_DONTWAIT, NULL);
    if (received < 0 && errno != EAGAIN && errno != ECONNREFUSED && errno != EINTR) die("receive");
    double time = now();
    for (int i = 0; i < received; i++) take(client, replies[i], (int) messages[i].msg_len, time);
}

static int in_flight(int sockets) {
    int sum = 0;
    for (int i = 0; i < sockets; i++) sum += clients[i].in_flight;
    return sum;
}

static void load(int sockets, double until) {
    struct pollfd readable[MAX_SOCKETS];
    for (int i = 0; i < sockets; i++) readable[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
    for (double time = now(); time < until; time = now()) {
        for (int i = 0; i < sockets; i++) {
            retire(&clients[i], time);
            send_batch(&clients[i], time);
        }
        if (once && taken == query_count && in_flight(sockets) == 0) return;
        if (poll(readable, sockets, 5) < 0 && errno != EINTR) die("poll");
        for (int i = 0; i < sockets; i++)
            if (readable[i].revents != 0) receive_batch(&clients[i]);
    }
}

/* Never sleeps: a sleep's end would be as late as what is measured. */
static void load_at_rate(int sockets, double until) {
    double interval = 1 / open_rate, due = now();
    int turn = 0;
    for (double time = now(); time < until; time = now()) {
        struct client *client = &clients[turn = (turn + 1) % sockets];
        retire(client, time);
        int count = (int) ((time - due) * open_rate);
        if (count > remembered_room(client)) count = remembered_room(client);
        if (count > 0) {
            send_queries(client, count, due, interval);
            due += count * interval;
        }
        for (int i = 0; i < sockets; i++) receive_batch(&clients[i]);
    }
}

static double percentile_us(double part) {
    unsigned long total = counts.right + counts.wrong + counts.lost, seen = 0; /* what is lost is later than all */
    for (int i = 0; i < LATENCY_STEPS; i++) {
        seen += counts.latencies[i];
        if (seen > 0 && seen >= part * total) return (i + 1) * LATENCY_STEP_US;
    }
    return total == 0 ? 0 : LOST_AFTER * 1e6;
}

int main(int argc, char **argv) {
    double seconds = 5, ramp = 0.5;
    int sockets = 8, edns_size = 0, option;
    while ((option = getopt(argc, argv, "t:r:s:w:e:a:o:u:1h")) != -1) {
        switch (option) {
            case 't': seconds = atof(optarg); break;
            case 'r': ramp = atof(optarg); break;
            case 's': sockets = atoi(optarg); break;
            case 'w': full_window = atoi(optarg); break;
            case 'e': edns_size = atoi(optarg); break;
            case 'a': least_answers = atoi(optarg); break;
            case 'o': open_rate = atof(optarg); break;
            case 'u': unknown_part = atof(optarg) / 100; break;
            case '1': once = true; break;
            case 'h': usage(stdout); return 0;
            default: usage(stderr); return 2;
        }
    }
    int port = argc - optind == 2 ? atoi(argv[optind]) : 0;
    if (port < 1 || port > 65535 || seconds <= 0 || ramp < 0 || sockets < 1 || sockets > MAX_SOCKETS || full_window < 1
            || full_window > MAX_WINDOW || edns_size < 0 || edns_size > 65535 || open_rate < 0 || unknown_part < 0 || unknown_part >= 1 || (once && open_rate > 0)) {
        usage(stderr);
        return 2;
    }

    least_window = full_window / 8 > 0 ? full_window / 8 : 1;
    read_queries(argv[optind + 1], edns_size);
    clients = allocate(sockets, sizeof *clients);
    for (int i = 0; i < sockets; i++) {
        clients[i].fd = connected_socket(port);
        clients[i].window = full_window;
    }

    void (*run)(int, double) = open_rate > 0 ? load_at_rate : load;
    if (!once) run(sockets, now() + ramp);
    memset(&counts, 0, sizeof counts);
    puts("measuring");
    fflush(stdout);
    double start = now(), cpu = cpu_seconds();
    run(sockets, start + seconds);
    double elapsed = now() - start;
    cpu = cpu_seconds() - cpu;

    unsigned long replies = counts.right + counts.wrong;
    printf("{\"seconds\": %.4f, \"sent\": %lu, \"right\": %lu, \"wrong\": %lu, \"lost\": %lu, \"stray\": %lu, "
           "\"unknown\": %lu, \"unknown_answered\": %lu, \"rate\": %.0f, \"mean_bytes\": %.1f, \"p50_us\": %.0f, "
           "\"p99_us\": %.0f, \"p999_us\": %.0f, \"generator_busy\": %.3f}\n",
           elapsed, counts.sent, counts.right, counts.wrong, counts.lost, counts.stray, counts.unknown, counts.unknown_answered,
           counts.right / elapsed, replies == 0 ? 0 : (double) counts.bytes / replies, percentile_us(0.5), percentile_us(0.99),
           percentile_us(0.999), cpu / elapsed);
    return 0;
}
