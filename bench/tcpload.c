/*
 * tcpload: as many DNS queries over TCP as a server at 127.0.0.1 can answer, and a check of every reply.
 *
 * Either over connections that stay, each with a window of queries on their way, or with a connection for each query. Those
 * come from addresses all over 127/8 and are reset when their reply is there, so that neither ports nor entries of the kernel's
 * connection tracking wait for the end of TIME_WAIT; a bound on their number keeps that table, which all of the machine
 * shares, from being filled.
 *
 * A reply is right when it carries the id of a query on its way, repeats that query's question byte for byte, says NOERROR,
 * and has at least the wanted number of answers. A connection that breaks, or says nothing for a second, loses its queries.
 *
 * Prints "measuring" when the ramp ends, and at the end one line of JSON, as dnsload does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum { MAX_CONNECTIONS = 1024, MAX_WINDOW = 64, MAX_QUERY = 302, HEADER = 12, PREFIX = 2, INPUT = 1 << 16 };

static const double LOST_AFTER = 1;

struct query {
    unsigned char wire[MAX_QUERY]; /* with the length before it */
    int length, question_end;      /* of the message, without that length */
};

struct connection {
    int fd;
    bool connected;
    uint16_t next;
    int in_flight;
    double heard_at;
    const struct query *flights[MAX_WINDOW]; /* by id; null: not on its way */
    unsigned char input[INPUT];
    int filled;
};

static struct query *queries;
static size_t query_count, next_query;
static struct connection *connections;
static unsigned long sent, right, wrong, lost, opened, all_opened;
static uint32_t seed; /* of the addresses */
static int port, window = 16, least_answers = 1, epoll;
static bool one_shot;
static unsigned long most_connections = 30000; /* with one query each, while measuring and before */

static void die(const char *what) {
    fprintf(stderr, "tcpload: %s: %s\n", what, strerror(errno));
    exit(1);
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

/* Queries for the addresses of each name, with RD and without EDNS. */
static void read_queries(const char *path) {
    char line[512], type[16];
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) die(path);
    while (fscanf(file, "%511s %15s", line, type) == 2) {
        if (query_count == room) {
            room = room == 0 ? 1024 : 2 * room;
            queries = realloc(queries, room * sizeof *queries);
            if (queries == NULL) die("memory");
        }
        struct query *query = &queries[query_count++];
        unsigned char *wire = query->wire + PREFIX;
        int end = HEADER;
        memset(query, 0, sizeof *query);
        wire[2] = 1;
        wire[5] = 1;
        for (char *label = strtok(line, "."); label != NULL; label = strtok(NULL, ".")) {
            size_t length = strlen(label);
            if (length > 63 || end + length > HEADER + 253 || strcmp(type, "A") != 0) {
                fprintf(stderr, "tcpload: %s: not a question for an address: %s\n", path, label);
                exit(2);
            }
            wire[end++] = (unsigned char) length;
            memcpy(wire + end, label, length);
            end += (int) length;
        }
        memcpy(wire + end, "\0\0\1\0\1", 5);
        query->length = query->question_end = end + 5;
        query->wire[0] = query->length >> 8;
        query->wire[1] = query->length & 255;
    }
    fclose(file);
    if (query_count == 0) {
        fprintf(stderr, "tcpload: %s: no questions\n", path);
        exit(2);
    }
}

static void open_connection(struct connection *connection) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection->fd < 0) die("socket");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (one_shot) {
        /* A multiplier that has no factor in common with 2^24 visits all addresses of 127/8. */
        uint32_t host = (uint32_t) ((all_opened + seed) * 2654435761u) & 0xffffff;
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u | (host < 2 ? 2 : host == 0xffffff ? 3 : host))};
        setsockopt(connection->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(connection->fd, (struct sockaddr *) &own, sizeof own) != 0) die("bind");
    }
    opened++;
    all_opened++;
    connection->connected = false;
    connection->in_flight = 0;
    connection->filled = 0;
    connection->heard_at = now();
    memset(connection->flights, 0, sizeof connection->flights);
    if (connect(connection->fd, (struct sockaddr *) &server, sizeof server) != 0 && errno != EINPROGRESS) die("connect");
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) die("epoll");
}

static void reopen(struct connection *connection, bool broken) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (broken) lost += connection->in_flight > 0 ? connection->in_flight : 1;
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(connection->fd);
    open_connection(connection);
}

/* False where the connection is broken. */
static bool send_queries(struct connection *connection) {
    unsigned char out[MAX_WINDOW * MAX_QUERY];
    int most = one_shot ? 1 : window, end = 0;
    while (connection->in_flight < most) {
        uint16_t id = connection->next;
        const struct query **flight = &connection->flights[id % MAX_WINDOW];
        if (*flight != NULL) break; /* a reply out of order is missing still */
        *flight = &queries[next_query];
        next_query = next_query + 1 == query_count ? 0 : next_query + 1;
        memcpy(out + end, (*flight)->wire, PREFIX + (*flight)->length);
        out[end + PREFIX] = id >> 8;
        out[end + PREFIX + 1] = id & 255;
        end += PREFIX + (*flight)->length;
        connection->next++;
        connection->in_flight++;
        sent++;
    }
    return end == 0 || send(connection->fd, out, end, MSG_NOSIGNAL) == end; /* so little always fits the socket's buffer */
}

static void take(struct connection *connection, const unsigned char *reply, int length) {
    uint16_t id = length < HEADER ? 0 : (uint16_t) (reply[0] << 8 | reply[1]);
    const struct query *query = connection->flights[id % MAX_WINDOW];
    if (length < HEADER || query == NULL || (uint16_t) (connection->next - 1 - id) >= MAX_WINDOW) {
        wrong++;
        return;
    }
    connection->flights[id % MAX_WINDOW] = NULL;
    connection->in_flight--;
    bool good = length >= query->question_end && (reply[2] & 0xf8) == 0x80 && (reply[3] & 0x0f) == 0 && reply[4] == 0 && reply[5] == 1
            && (reply[6] << 8 | reply[7]) >= least_answers
            && memcmp(reply + HEADER, query->wire + PREFIX + HEADER, query->question_end - HEADER) == 0;
    if (good) right++;
    else wrong++;
}

/* False where the connection has come to its end. */
static bool receive(struct connection *connection) {
    ssize_t more = recv(connection->fd, connection->input + connection->filled, INPUT - connection->filled, 0);
    if (more < 0) return errno == EAGAIN || errno == EINTR;
    if (more == 0) return false;
    connection->heard_at = now();
    connection->filled += (int) more;
    int start = 0;
    while (connection->filled - start >= PREFIX) {
        int length = connection->input[start] << 8 | connection->input[start + 1];
        if (connection->filled - start < PREFIX + length) break;
        take(connection, connection->input + start + PREFIX, length);
        start += PREFIX + length;
    }
    connection->filled -= start;
    memmove(connection->input, connection->input + start, connection->filled);
    return true;
}

static void handle(struct connection *connection, uint32_t events) {
    if (!connection->connected) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            reopen(connection, true);
            return;
        }
        connection->connected = true;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(epoll, EPOLL_CTL_MOD, connection->fd, &event);
        if (!send_queries(connection)) reopen(connection, true);
        return;
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) && !receive(connection)) reopen(connection, true);
    else if (one_shot && connection->in_flight == 0) reopen(connection, false);
    else if (!one_shot && !send_queries(connection)) reopen(connection, true);
}

static void load(int count, double until) {
    struct epoll_event events[64];
    double checked = now();
    for (double time = now(); time < until && (!one_shot || opened < most_connections); time = now()) {
        int ready = epoll_wait(epoll, events, 64, 100);
        if (ready < 0 && errno != EINTR) die("epoll");
        for (int i = 0; i < ready; i++) handle(events[i].data.ptr, events[i].events);
        if (time - checked > 0.1) {
            checked = time;
            for (int i = 0; i < count; i++)
                if (time - connections[i].heard_at > LOST_AFTER) reopen(&connections[i], true);
        }
    }
}

int main(int argc, char **argv) {
    double seconds = 5, ramp = 0.5;
    int count = 64, option;
    while ((option = getopt(argc, argv, "t:r:c:w:a:m:1h")) != -1) {
        switch (option) {
            case 't': seconds = atof(optarg); break;
            case 'r': ramp = atof(optarg); break;
            case 'c': count = atoi(optarg); break;
            case 'w': window = atoi(optarg); break;
            case 'a': least_answers = atoi(optarg); break;
            case 'm': most_connections = strtoul(optarg, NULL, 10); break;
            case '1': one_shot = true; break;
            default: argc = 0;
        }
        if (argc == 0) break;
    }
    port = argc - optind == 2 ? atoi(argv[optind]) : 0;
    if (port < 1 || port > 65535 || seconds <= 0 || ramp < 0 || count < 1 || count > MAX_CONNECTIONS || window < 1 || window > MAX_WINDOW) {
        fprintf(stderr,
                "Usage: tcpload [OPTION]... PORT QUERIES\n"
                "Loads the DNS server at 127.0.0.1:PORT over TCP with the queries of a file, \"NAME A\" a line, again and again.\n"
                "\n"
                "  -t SECONDS   how long to measure (5)\n"
                "  -r SECONDS   how long to load before that (0.5)\n"
                "  -c COUNT     connections at a time, 1 to %d (64)\n"
                "  -w WINDOW    queries on their way a connection, 1 to %d (16)\n"
                "  -1           one query a connection\n"
                "  -m COUNT     with -1, no more connections than this, even if time is left (30000)\n"
                "  -a COUNT     fewer answers than this in a reply are wrong (1)\n",
                MAX_CONNECTIONS, MAX_WINDOW);
        return 2;
    }
    read_queries(argv[optind + 1]);
    seed = (uint32_t) (now() * 1e6);
    epoll = epoll_create1(0);
    connections = calloc(count, sizeof *connections);
    if (epoll < 0 || connections == NULL) die("start");
    for (int i = 0; i < count; i++) open_connection(&connections[i]);

    load(count, now() + ramp);
    sent = right = wrong = lost = opened = 0;
    puts("measuring");
    fflush(stdout);
    double start = now(), cpu = cpu_seconds();
    load(count, start + seconds);
    double elapsed = now() - start;
    cpu = cpu_seconds() - cpu;
    printf("{\"seconds\": %.4f, \"sent\": %lu, \"right\": %lu, \"wrong\": %lu, \"lost\": %lu, \"stray\": 0, \"connections\": %lu, "
           "\"rate\": %.0f, \"generator_busy\": %.3f}\n",
           elapsed, sent, right, wrong, lost, opened, right / elapsed, cpu / elapsed);
    return 0;
}
