/* events: server-sent events, one publisher to many listeners, on one thread and one epoll, ignorant of what serves.
 *
 *   events --port P --path /events --connections N
 *
 * N streams are opened with GET. One more connection posts a text to the same path; when it is answered and the first
 * stream has it, it posts the next. A text is '#', a running number, padding without a '#': so each stream is checked
 * for order, gaps and repeats whatever stands around the data. Prints one JSON line as load.c does; the exit status is 0
 * when nothing was wrong. Shares the histogram with load.c and nothing else. Build: cc -O2 -o events events.c */
#define _GNU_SOURCE
#include "latency.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { READ_BUFFER = 64 * 1024, MAX_EVENTS = 512, DIGITS = 8, RING = 1024, HEAD = 4096 };
static const double SETUP_SECONDS = 60, SETTLE_SECONDS = 0.3, STALL_SECONDS = 2;

struct stream {
    int fd;
    bool is_open;        /* its response's head has come */
    unsigned head, end;  /* bytes of it so far, and of the blank line behind it */
    unsigned digits;     /* still to come of the number that is being read */
    uint64_t number, received;
};

static const char *path = "/events";
static int port, count = 1000, size = 64, poller, publisher, opened;
static double seconds = 3, warmup = 0.5;
static struct stream *streams;
static struct sockaddr_in server;
static struct latency latency;
static uint64_t sent_at[RING], posted, answered, received, wrong, closed_early, refused, now;
static bool measuring;
static char answer[HEAD];
static unsigned answer_length;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "events: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t clock_ns(clockid_t which)
{
    struct timespec time;
    clock_gettime(which, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ------------------------------------------------------------------ connections */

static int open_connection(void)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void watch(int fd, void *whose)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = whose};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void send_all(int fd, const char *bytes, int length)
{
    if (send(fd, bytes, (size_t)length, MSG_NOSIGNAL) != length)
        die("send");
}

static void open_stream(struct stream *stream)
{
    char request[512];
    stream->fd = open_connection();
    send_all(stream->fd, request,
             snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n",
                      path, port));
    watch(stream->fd, stream);
}

static void post(void)
{
    static char request[2048];
    int head = snprintf(request, sizeof request,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
                        "#%0*llu",
                        path, port, size, DIGITS, (unsigned long long)++posted);
    int padding = size - 1 - DIGITS;
    memset(request + head, 'x', (size_t)padding);
    sent_at[posted % RING] = now;
    send_all(publisher, request, head + padding);
}

/* ------------------------------------------------------------------ what comes */

/* The head of a response, byte by byte: a stream is open once it is whole and says 200. Returns the bytes used. */
static long read_head(struct stream *stream, const char *bytes, long length)
{
    static const char END[] = "\r\n\r\n", OK[] = "HTTP/1.1 200";
    for (long i = 0; i < length; i++) {
        if (stream->head < sizeof OK - 1 && bytes[i] != OK[stream->head])
            refused++;
        stream->head++;
        stream->end = bytes[i] == END[stream->end] ? stream->end + 1 : bytes[i] == END[0];
        if (stream->end == sizeof END - 1) {
            stream->is_open = true;
            opened++;
            return i + 1;
        }
    }
    return length;
}

static void take_number(struct stream *stream)
{
    if (stream->number != ++stream->received)
        wrong++;
    received++;
    if (measuring)
        latency_record(&latency, (now - sent_at[stream->number % RING]) / 1000);
}

static void read_events(struct stream *stream, const char *bytes, const char *end)
{
    while (bytes < end) {
        if (!stream->digits) {
            bytes = memchr(bytes, '#', (size_t)(end - bytes));
            if (!bytes)
                return;
            bytes++;
            stream->digits = DIGITS;
            stream->number = 0;
            continue;
        }
        stream->number = stream->number * 10 + (uint64_t)(*bytes++ - '0');
        if (!--stream->digits)
            take_number(stream);
    }
}

static void read_stream(struct stream *stream)
{
    static char bytes[READ_BUFFER];
    long length = recv(stream->fd, bytes, sizeof bytes, MSG_DONTWAIT), used = 0;
    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        closed_early++;
        epoll_ctl(poller, EPOLL_CTL_DEL, stream->fd, 0);
        return;
    }
    if (!stream->is_open)
        used = read_head(stream, bytes, length);
    read_events(stream, bytes + used, bytes + length);
}

/* The answer to a post is a head and a short body, which ends with a line or is empty; all that matters is its length. */
static void read_answer(void)
{
    long length = recv(publisher, answer + answer_length, sizeof answer - 1 - answer_length, MSG_DONTWAIT);
    if (length <= 0)
        die("the publisher's connection");
    answer_length += (unsigned)length;
    answer[answer_length] = 0;
    char *body = strstr(answer, "\r\n\r\n"), *said = strcasestr(answer, "content-length:");
    if (!body || (said && answer + answer_length < body + 4 + atoi(said + 15)))
        return;
    if (strncmp(answer, "HTTP/1.1 2", 10))
        refused++;
    answered++;
    answer_length = 0;
}

static void turn(int timeout)
{
    static struct epoll_event events[MAX_EVENTS];
    int ready = epoll_wait(poller, events, MAX_EVENTS, timeout);
    now = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < ready; i++)
        if (events[i].data.ptr)
            read_stream(events[i].data.ptr);
        else
            read_answer();
}

/* ------------------------------------------------------------------ the run */

static void turn_for(double span, bool sending)
{
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(span * 1e9);
    do {
        turn(10);
        if (sending && answered == posted && streams[0].received == posted)
            post();
    } while (now < end && !closed_early && !refused);
}

static void open_all(void)
{
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(SETUP_SECONDS * 1e9);
    for (int i = 0; i < count; i++) {
        open_stream(&streams[i]);
        while (opened <= i - 64 && now < end)
            turn(10);
    }
    while (opened < count && now < end && !refused && !closed_early)
        turn(10);
    refused += (uint64_t)(count - opened);
    publisher = open_connection();
    watch(publisher, 0);
}

static void drain(void)
{
    uint64_t due = posted * (uint64_t)count, before = received, end = now + (uint64_t)(STALL_SECONDS * 1e9);
    while (received < due && now < end) {
        turn(10);
        if (received != before) {
            before = received;
            end = now + (uint64_t)(STALL_SECONDS * 1e9);
        }
    }
    turn_for(0.1, false); /* what came too often */
}

static int report(double took, double busy, uint64_t messages)
{
    uint64_t missing = 0, surplus = 0, errors = wrong + closed_early + refused;
    for (int i = 0; i < count; i++) {
        missing += streams[i].received < posted ? posted - streams[i].received : 0;
        surplus += streams[i].received > posted ? streams[i].received - posted : 0;
    }
    printf("{\"mode\": \"events\", \"connections\": %d, \"size\": %d, \"seconds\": %.3f, \"per_second\": %.1f, \"busy\": %.2f"
           ", \"p50_us\": %llu, \"p99_us\": %llu, \"missing\": %llu, \"surplus\": %llu, \"errors\": %llu"
           ", \"wrong_message\": %llu, \"closed_early\": %llu, \"refused\": %llu}\n",
           count, size, took, (double)messages / took, busy / took,
           (unsigned long long)latency_percentile(&latency, 0.50), (unsigned long long)latency_percentile(&latency, 0.99),
           (unsigned long long)missing, (unsigned long long)surplus, (unsigned long long)errors,
           (unsigned long long)wrong, (unsigned long long)closed_early, (unsigned long long)refused);
    return missing || surplus || errors;
}

static int run(void)
{
    open_all();
    turn_for(SETTLE_SECONDS, false);
    turn_for(warmup, true);
    measuring = true;
    uint64_t before = received, start = clock_ns(CLOCK_MONOTONIC), busy = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    turn_for(seconds, true);
    measuring = false;
    uint64_t took = clock_ns(CLOCK_MONOTONIC) - start, messages = received - before;
    busy = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - busy;
    drain();
    return report((double)took / 1e9, (double)busy / 1e9, messages);
}

static const struct option LONG_OPTIONS[] = {
    {"port", 1, 0, 'p'},    {"path", 1, 0, 'u'},   {"connections", 1, 0, 'c'}, {"size", 1, 0, 's'},
    {"seconds", 1, 0, 't'}, {"warmup", 1, 0, 'm'}, {0, 0, 0, 0},
};

static void read_options(int words, char **given)
{
    for (int letter; (letter = getopt_long(words, given, "", LONG_OPTIONS, 0)) != -1;)
        switch (letter) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'c': count = atoi(optarg); break;
        case 's': size = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'm': warmup = atof(optarg); break;
        default: exit(2);
        }
    if (port <= 0 || count <= 0 || count > 50000 || size <= DIGITS || size > 1024 || seconds <= 0 || strlen(path) > 200) {
        fprintf(stderr, "usage: events --port PORT --path PATH [--connections N --size BYTES --seconds S --warmup S]\n");
        exit(2);
    }
}

int main(int words, char **given)
{
    read_options(words, given);
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    poller = epoll_create1(0);
    streams = calloc((size_t)count, sizeof *streams);
    if (poller < 0 || !streams)
        die("beginning");
    return run();
}
