/*
 * upstream: stands in for an agent where a million names are to be fetched in half a minute, which no real agent answers.
 *
 * Replies to every query over UDP that has the type A with a number of addresses and a TTL of a day; to all else with no
 * answer. Queries that carry EDNS get an OPT record back. It checks nothing, since it talks to servers only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, MAX_SIZE = 4096, HEADER = 12, MAX_ANSWERS = 100, TTL = 86400 };

static void die(const char *what) {
    fprintf(stderr, "upstream: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Turns the query into its reply, and returns that one's length; 0 where it is no query. */
static int reply(unsigned char *message, int length, int answers) {
    int end = HEADER;
    if (length < HEADER + 5) return 0;
    while (end < length - 5 && message[end] != 0) end += message[end] + 1;
    end += 5; /* the root label, type and class */
    if (end > length) return 0;
    int is_a = message[end - 4] == 0 && message[end - 3] == 1, has_opt = message[11] == 1;
    message[2] |= 0x84; /* QR, AA */
    message[3] = 0x80;  /* RA */
    memset(message + 6, 0, 6);
    if (is_a) {
        message[7] = (unsigned char) answers;
        for (int i = 0; i < answers; i++) {
            const unsigned char record[] = {0xc0, HEADER, 0, 1, 0, 1, TTL >> 24, TTL >> 16 & 255, TTL >> 8 & 255, TTL & 255, 0, 4, 10, 1, 0, i + 1};
            memcpy(message + end, record, sizeof record);
            end += sizeof record;
        }
    }
    if (has_opt) {
        const unsigned char opt[] = {0, 0, 41, 0xff, 0xff, 0, 0, 0, 0, 0, 0};
        message[11] = 1;
        memcpy(message + end, opt, sizeof opt);
        end += sizeof opt;
    }
    return end;
}

int main(int argc, char **argv) {
    int port = argc == 3 ? atoi(argv[1]) : 0, answers = argc == 3 ? atoi(argv[2]) : 0;
    if (port < 1 || port > 65535 || answers < 0 || answers > MAX_ANSWERS) {
        fprintf(stderr, "Usage: upstream PORT ANSWERS\n"
                        "Replies to every query for an address to 127.0.0.1:PORT with ANSWERS of them (0 to %d).\n", MAX_ANSWERS);
        return 2;
    }

    static unsigned char datagrams[BATCH][MAX_SIZE];
    static struct sockaddr_in sources[BATCH];
    static struct iovec vectors[BATCH];
    static struct mmsghdr messages[BATCH];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int buffer = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (bind(fd, (struct sockaddr *) &address, sizeof address) != 0) die("bind");
    for (int i = 0; i < BATCH; i++) {
        vectors[i].iov_base = datagrams[i];
        messages[i].msg_hdr = (struct msghdr){.msg_name = &sources[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i].iov_len = MAX_SIZE / 2; /* the rest is for the answers */
            messages[i].msg_hdr.msg_namelen = sizeof sources[i];
        }
        int received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (received < 0) {
            if (errno == EINTR) continue;
            die("receive");
        }
        for (int i = 0; i < received; i++) {
            int length = reply(datagrams[i], (int) messages[i].msg_len, answers);
            vectors[i].iov_len = length;
            if (length > 0 && sendmsg(fd, &messages[i].msg_hdr, 0) < 0 && errno == EBADF) die("send");
        }
    }
}
