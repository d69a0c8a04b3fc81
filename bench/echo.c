/*
 * echo: the floor under every DNS server that reads and writes its datagrams in batches through the kernel.
 *
 * Sends each query back as a reply of a given size, so that the kernel's work is that of a real server's and nothing
 * else is done: no parsing, no lookup. What dnsload checks is set: QR, NOERROR, an answer count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, MAX_SIZE = 4096, HEADER = 12, CACHE_LINE = 64 };

static void die(const char *what) {
    fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    int port = argc == 4 ? atoi(argv[1]) : 0, size = argc == 4 ? atoi(argv[2]) : 0, answers = argc == 4 ? atoi(argv[3]) : 0;
    if (port < 1 || port > 65535 || size < HEADER || size > MAX_SIZE) {
        fprintf(stderr, "Usage: echo PORT SIZE ANSWERS\n"
                        "Replies to every datagram to 127.0.0.1:PORT with one of SIZE bytes (%d to %d) that claims ANSWERS answers.\n",
                HEADER, MAX_SIZE);
        return 2;
    }

    static unsigned char datagrams[BATCH][MAX_SIZE + CACHE_LINE]; /* no power of two, so that they share no cache sets */
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
            vectors[i].iov_len = MAX_SIZE;
            messages[i].msg_hdr.msg_namelen = sizeof sources[i];
        }
        int received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (received < 0) {
            if (errno == EINTR) continue;
            die("receive");
        }
        for (int i = 0; i < received; i++) {
            datagrams[i][2] |= 0x80;
            datagrams[i][6] = answers >> 8;
            datagrams[i][7] = answers & 255;
            vectors[i].iov_len = size;
        }
        for (int sent = 0; sent < received;) {
            int more = sendmmsg(fd, messages + sent, received - sent, 0);
            if (more < 0 && errno != EINTR) sent++; /* this client is gone */
            else if (more > 0) sent += more;
        }
    }
}
