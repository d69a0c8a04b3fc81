/*
 * steady: clients of a node, at a steady rate: questions for names that are known, and some for names that nobody has asked before.
 *
 * An open loop over UDP: a question leaves when it is due, whatever the server does, and has five seconds, as stub resolvers give it.
 * Time is divided into phases. A line "phase NAME" on standard input ends one and begins the next; when its last question is answered or
 * lost, a phase is one line of JSON on standard output. The end of standard input is the end.
 *
 * Of a phase's stale answers for a known name, those to questions that left before the first of them came are the first, all other answers are
 * later ones: when an agent goes, first questions may have to wait until that is known. (While a watch still covers a name, it has answers that
 * are not stale, and wait for nothing.) An answer is right when it repeats the question, says NOERROR and has
 * at least the wanted number of records; stale when it says so besides (extended error 3).
 */
#include "dns.h"
#include <fcntl.h>
#include <poll.h>

enum { SOCKETS = 16, FLIGHTS = 8192, MOST_NAMES = 4096, MAX_QUERY = 300, PHASES = 256, STEP_US = 20, STEPS = 400001 };
static const double PATIENCE = 5;

struct name {
    unsigned char wire[MAX_QUERY];
    int length, question_end, least;
    int answered_in; /* the last phase of which a question was answered */
    int stale_in;    /* the last phase of which a question had an answer that was stale */
    int fresh_in;    /* the last phase of which a question had an answer that was not stale */
};

struct flight {
    int name; /* -1: unknown */
    int phase;
    double sent_at;
    uint16_t id;
    bool open, first;
};

struct phase {
    char title[64];
    double began, ended;
    long open;
    long sent, right, stale, servfail, nxdomain, wrong, lost, first, forged;
    long unknown, unknown_nxdomain, unknown_servfail, unknown_other, unknown_lost;
    double first_max, later_max, unknown_max, fresh_after;
    int names_answered, names_fresh;
    uint32_t *later;
};

static struct name names[MOST_NAMES];
static int name_count;
static struct flight flights[SOCKETS][FLIGHTS];
static uint32_t next[SOCKETS], oldest[SOCKETS];
static int fds[SOCKETS];
static struct phase phases[PHASES];
static int current, printed;
static int edns_size = 1232;

static int encode(unsigned char *wire, const char *text, int type, int *question_end) {
    memset(wire, 0, HEADER);
    wire[2] = 1; /* RD */
    wire[5] = 1;
    wire[11] = edns_size > 0;
    unsigned char *at = wire + HEADER;
    while (*text != 0) {
        int label = (int) strcspn(text, ".");
        *at++ = (unsigned char) label;
        memcpy(at, text, (size_t) label);
        at += label;
        text += label + (text[label] == '.');
    }
    *at++ = 0;
    at = put16(put16(at, type), 1);
    *question_end = (int) (at - wire);
    if (edns_size > 0) {
        const unsigned char opt[] = {0, 0, TYPE_OPT, (unsigned char) (edns_size >> 8), (unsigned char) edns_size, 0, 0, 0, 0, 0, 0};
        memcpy(at, opt, sizeof opt);
        at += sizeof opt;
    }
    return (int) (at - wire);
}

static void read_names(const char *path) {
    char text[260], type[16];
    int least;
    FILE *file = fopen(path, "r");
    if (file == NULL) die(path);
    while (name_count < MOST_NAMES && fscanf(file, "%255s %15s %d", text, type, &least) == 3) {
        struct name *name = &names[name_count++];
        int number = strcmp(type, "AAAA") == 0 ? TYPE_AAAA : strcmp(type, "SRV") == 0 ? TYPE_SRV : TYPE_A;
        name->length = encode(name->wire, text, number, &name->question_end);
        name->least = least;
        name->answered_in = name->stale_in = name->fresh_in = -1;
    }
    fclose(file);
    if (name_count == 0) die("no names");
}

static double percentile_ms(const struct phase *phase, double part) {
    long total = 0, seen = 0;
    for (int i = 0; i < STEPS; i++) total += phase->later[i];
    for (int i = 0; i < STEPS && total > 0; i++) {
        seen += phase->later[i];
        if (seen >= part * total) return (i + 1) * STEP_US / 1000.0;
    }
    return 0;
}

static void print_phase(struct phase *phase) {
    printf("{\"phase\": \"%s\", \"seconds\": %.1f, \"names\": %d, \"sent\": %ld, \"right\": %ld, \"stale\": %ld, \"servfail\": %ld, \"nxdomain\": %ld, "
           "\"wrong\": %ld, \"lost\": %ld, \"forged\": %ld, \"first\": %ld, \"first_max_ms\": %.1f, \"later_p50_ms\": %.2f, \"later_p99_ms\": %.2f, \"later_p999_ms\": %.2f, "
           "\"later_max_ms\": %.1f, \"names_answered\": %d, \"names_fresh\": %d, \"fresh_after_ms\": %.0f, \"unknown\": %ld, \"unknown_nxdomain\": %ld, "
           "\"unknown_servfail\": %ld, \"unknown_other\": %ld, \"unknown_lost\": %ld, \"unknown_max_ms\": %.0f}\n",
           phase->title, phase->ended - phase->began, name_count, phase->sent, phase->right, phase->stale, phase->servfail, phase->nxdomain, phase->wrong,
           phase->lost, phase->forged, phase->first, phase->first_max * 1e3, percentile_ms(phase, 0.5), percentile_ms(phase, 0.99), percentile_ms(phase, 0.999),
           phase->later_max * 1e3, phase->names_answered, phase->names_fresh, phase->fresh_after * 1e3, phase->unknown, phase->unknown_nxdomain,
           phase->unknown_servfail, phase->unknown_other, phase->unknown_lost, phase->unknown_max * 1e3);
    fflush(stdout);
    free(phase->later);
    phase->later = NULL;
}

static void begin_phase(const char *title, double time) {
    struct phase *phase = &phases[current];
    snprintf(phase->title, sizeof phase->title, "%s", title);
    phase->began = time;
    phase->later = calloc(STEPS, sizeof *phase->later);
    if (phase->later == NULL) die("memory");
}

static void send_query(int socket, int name, double due) {
    static unsigned char wire[MAX_QUERY];
    static unsigned long number;
    static unsigned run;
    struct phase *phase = &phases[current];
    uint16_t id = (uint16_t) next[socket]++;
    struct flight *flight = &flights[socket][id % FLIGHTS];
    int length, ignored;
    if (name < 0) {
        char text[64];
        if (run == 0) run = (unsigned) getpid() << 12 ^ (unsigned) (now() * 1e3);
        snprintf(text, sizeof text, "unknown-%x-%lx.service.consul", run, number++);
        length = encode(wire, text, TYPE_A, &ignored);
        phase->unknown++;
    } else {
        length = names[name].length;
        memcpy(wire, names[name].wire, (size_t) length);
        phase->sent++;
    }
    bool first = name >= 0 && names[name].stale_in != current;
    phase->open++;
    *flight = (struct flight){.name = name, .phase = current, .sent_at = due, .id = id, .open = true, .first = first};
    put16(wire, id);
    if (send(fds[socket], wire, (size_t) length, 0) < 0 && errno != ECONNREFUSED && errno != EAGAIN && errno != ENOBUFS) die("send");
}

static void retire(int socket, double time) {
    while (oldest[socket] != next[socket]) {
        struct flight *flight = &flights[socket][oldest[socket] % FLIGHTS];
        if (flight->open) {
            if (time - flight->sent_at < PATIENCE) return;
            struct phase *phase = &phases[flight->phase];
            flight->open = false;
            phase->open--;
            if (flight->name < 0) phase->unknown_lost++;
            else phase->lost++;
        }
        oldest[socket]++;
    }
}

/* Whether the OPT record, which our server puts last, tells of extended error 3: a stale answer. */
static bool says_stale(const unsigned char *reply, int length, int question_end) {
    static const unsigned char stale[] = {0, 15, 0, 2, 0, 3};
    return memmem(reply + question_end, (size_t) (length - question_end), stale, sizeof stale) != NULL;
}

static void take(int socket, const unsigned char *reply, int length, double time) {
    if (length < HEADER) return;
    uint16_t id = (uint16_t) u16(reply);
    struct flight *flight = &flights[socket][id % FLIGHTS];
    if (!flight->open || flight->id != id) return;
    struct phase *phase = &phases[flight->phase];
    double took = time - flight->sent_at;
    int rcode = reply[3] & 15;
    flight->open = false;
    phase->open--;
    phase->forged += memmem(reply, (size_t) length, FORGED, sizeof FORGED) != NULL;
    if (flight->name < 0) {
        if (rcode == 3) phase->unknown_nxdomain++;
        else if (rcode == 2) phase->unknown_servfail++;
        else phase->unknown_other++;
        if (took > phase->unknown_max) phase->unknown_max = took;
        return;
    }
    struct name *name = &names[flight->name];
    bool right = length >= name->question_end && reply[2] >> 7 == 1 && rcode == 0 && u16(reply + 6) >= name->least
            && memcmp(reply + HEADER, name->wire + HEADER, (size_t) (name->question_end - HEADER)) == 0;
    if (!right) {
        if (rcode == 2) phase->servfail++;
        else if (rcode == 3) phase->nxdomain++;
        else phase->wrong++;
        return;
    }
    phase->right++;
    bool stale = says_stale(reply, length, name->question_end);
    if (stale && flight->first) {
        phase->first++;
        if (took > phase->first_max) phase->first_max = took;
    } else {
        int step = (int) (took * 1e6 / STEP_US);
        phase->later[step < STEPS ? step : STEPS - 1]++;
        if (took > phase->later_max) phase->later_max = took;
    }
    if (name->answered_in < flight->phase) {
        name->answered_in = flight->phase;
        phase->names_answered++;
    }
    if (stale) {
        phase->stale++;
        if (name->stale_in < flight->phase) name->stale_in = flight->phase;
    } else if (name->fresh_in < flight->phase) {
        name->fresh_in = flight->phase;
        phase->names_fresh++;
        if (time - phase->began > phase->fresh_after) phase->fresh_after = time - phase->began;
    }
}

int main(int argc, char **argv) {
    double rate = 2000, unknown_rate = 0;
    int option;
    while ((option = getopt(argc, argv, "r:u:e:h")) != -1) {
        switch (option) {
            case 'r': rate = atof(optarg); break;
            case 'u': unknown_rate = atof(optarg); break;
            case 'e': edns_size = atoi(optarg); break;
            default: argc = 0;
        }
    }
    int port = argc - optind == 2 ? atoi(argv[optind]) : 0;
    if (port < 1 || port > 65535 || rate <= 0) {
        fprintf(stderr, "Usage: steady [-r RATE] [-u RATE_OF_UNKNOWN_NAMES] [-e EDNS_SIZE] PORT NAMES\n"
                        "Asks 127.0.0.1:PORT for the names of a file, \"NAME TYPE LEAST_ANSWERS\" a line. \"phase NAME\" on standard input begins a phase.\n");
        return 2;
    }
    read_names(argv[optind + 1]);
    struct pollfd readable[SOCKETS + 1];
    for (int i = 0; i < SOCKETS; i++) {
        fds[i] = connected_socket(port);
        readable[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    readable[SOCKETS] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    static unsigned char reply[MAX_MESSAGE];
    double due = now(), unknown_due = due;
    int turn = 0, name = 0;
    bool ending = false;
    begin_phase("start", due);
    while (!ending || printed <= current) {
        double time = now();
        /* Who was not let run for long does not catch up with all of it at once. */
        if (time - due > 1) due = time - 1;
        for (; !ending && due <= time; due += 1 / rate) {
            send_query(turn = (turn + 1) % SOCKETS, name, due);
            name = name + 1 == name_count ? 0 : name + 1;
        }
        for (; !ending && unknown_rate > 0 && unknown_due <= time; unknown_due += 1 / unknown_rate) send_query(turn = (turn + 1) % SOCKETS, -1, unknown_due);
        struct timespec pause = {0, 200000};
        if (ppoll(readable, SOCKETS + !ending, &pause, NULL) < 0 && errno != EINTR) die("poll");
        for (int i = 0; i < SOCKETS; i++) {
            ssize_t length;
            if (readable[i].revents != 0)
                while ((length = recv(fds[i], reply, sizeof reply, MSG_DONTWAIT)) >= 0) take(i, reply, (int) length, now());
            retire(i, time);
        }
        if (!ending && readable[SOCKETS].revents != 0) {
            char line[128] = {0};
            ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
            if (length == 0) {
                ending = true;
                phases[current].ended = time;
            } else if (length > 6 && strncmp(line, "phase ", 6) == 0 && current + 1 < PHASES) {
                line[strcspn(line, "\n")] = 0;
                phases[current++].ended = time;
                begin_phase(line + 6, now());
            }
        }
        while (printed <= current && phases[printed].ended > 0 && phases[printed].open == 0) print_phase(&phases[printed++]);
    }
    return 0;
}
