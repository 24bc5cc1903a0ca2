/* api: publications by HTTP, over connections that are kept, on one thread and one epoll, ignorant of what serves.
 *
 *   api --port P --path /api/publish --connections N [--batch B] [--key KEY] [--channel C] [--size BYTES]
 *
 * Each of N connections posts a publication in JSON, with --batch B of them as one batch, and when it is answered the
 * next. An answer must have status 200, and B results that are no errors. Prints one JSON line as load.c does, in
 * which `per_second` counts publications; the exit status is 0 when nothing was wrong. Shares the histogram with load.c
 * and nothing else. Build: cc -O2 -o api api.c */
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
#include <sys/socket.h>
#include <time.h>

enum { MAX_CONNECTIONS = 256, MAX_EVENTS = 256, MAX_BATCH = 1000, MAX_ANSWER = 256 * 1024 };
static const double STALL_SECONDS = 2;

struct connection {
    int fd;
    bool is_waiting;
    uint64_t sent_at;
    size_t written; /* of the request */
    size_t length;  /* of the answer so far */
    char answer[MAX_ANSWER];
};

static const char *path = "/api/publish", *key = "bench", *channel = "bench:1";
static int port, count = 8, batch = 0, size = 64, poller;
static double seconds = 3, warmup = 0.5;
static struct connection *connections;
static struct latency latency;
static char *request;
static size_t request_length;
static uint64_t posted, answered, wrong, refused, closed_early, now;
static bool measuring;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "api: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t clock_ns(clockid_t which)
{
    struct timespec time;
    clock_gettime(which, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ------------------------------------------------------------------ what is sent */

static int publications(void)
{
    return batch ? batch : 1;
}

/* The same text each time: nothing is ever sent again, for all are told apart by their order. */
static void make_request(void)
{
    char text[1025], *body;
    size_t body_length, each = (size_t)size + strlen(channel) + 64;
    memset(text, 'x', (size_t)size);
    text[size] = 0;
    body = malloc(each * (size_t)publications() + 64);
    request = malloc(each * (size_t)publications() + 1024);
    if (!body || !request)
        die("memory");
    char *end = body + sprintf(body, batch ? "{\"commands\": [" : "");
    for (int i = 0; i < publications(); i++)
        end += sprintf(end, batch ? "%s{\"publish\": {\"channel\": \"%s\", \"data\": {\"text\": \"%s\"}}}"
                                  : "%s{\"channel\": \"%s\", \"data\": {\"text\": \"%s\"}}", i ? ", " : "", channel, text);
    end += sprintf(end, batch ? "]}" : "");
    body_length = (size_t)(end - body);
    int head = sprintf(request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n", path, port, key, body_length);
    memcpy(request + head, body, body_length);
    request_length = (size_t)head + body_length;
    free(body);
}

static void write_on(struct connection *connection)
{
    while (connection->written < request_length) {
        ssize_t sent = send(connection->fd, request + connection->written, request_length - connection->written,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0) {
            closed_early++;
            return;
        }
        connection->written += (size_t)sent;
    }
}

static void post(struct connection *connection)
{
    posted++;
    connection->is_waiting = true;
    connection->written = connection->length = 0;
    connection->sent_at = now;
    write_on(connection);
}

/* ------------------------------------------------------------------ what comes */

static int count_of(const char *text, const char *word)
{
    int found = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        found++;
    return found;
}

static void check(const char *answer, const char *body)
{
    if (strncmp(answer, "HTTP/1.1 200", 12))
        refused++;
    else if (strstr(body, "\"error\"") || count_of(body, batch ? "\"publish\":" : "\"result\":") != publications())
        wrong++;
}

static void read_answer(struct connection *connection)
{
    ssize_t length = recv(connection->fd, connection->answer + connection->length,
                          sizeof connection->answer - 1 - connection->length, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        closed_early++;
        epoll_ctl(poller, EPOLL_CTL_DEL, connection->fd, 0);
        return;
    }
    connection->length += (size_t)length;
    connection->answer[connection->length] = 0;
    char *body = strstr(connection->answer, "\r\n\r\n"), *said = strcasestr(connection->answer, "content-length:");
    if (!body || !said || connection->length < (size_t)(body + 4 - connection->answer) + strtoul(said + 15, 0, 10))
        return;
    check(connection->answer, body + 4);
    answered++;
    connection->is_waiting = false;
    if (measuring)
        latency_record(&latency, (now - connection->sent_at) / 1000);
}

/* ------------------------------------------------------------------ the run */

static void open_all(void)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < count; i++) {
        int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
            die("connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &connections[i]};
        connections[i].fd = fd;
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
            die("epoll_ctl");
    }
}

static void turn(bool sending)
{
    static struct epoll_event events[MAX_EVENTS];
    int ready = epoll_wait(poller, events, MAX_EVENTS, 10);
    now = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < ready; i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection->is_waiting && events[i].events & EPOLLOUT)
            write_on(connection);
        if (events[i].events & (EPOLLIN | EPOLLHUP))
            read_answer(connection);
        if (sending && !connection->is_waiting)
            post(connection);
    }
}

static bool goes_on(uint64_t end)
{
    return now < end && !closed_early && !refused && !wrong;
}

static void turn_for(double span)
{
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(span * 1e9);
    do
        turn(true);
    while (goes_on(end));
}

static void drain(void)
{
    uint64_t end = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(STALL_SECONDS * 1e9);
    while (answered < posted && goes_on(end))
        turn(false);
}

static int run(void)
{
    open_all();
    turn_for(warmup);
    measuring = true;
    uint64_t before = answered, start = clock_ns(CLOCK_MONOTONIC), busy = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    turn_for(seconds);
    measuring = false;
    double took = (double)(clock_ns(CLOCK_MONOTONIC) - start) / 1e9;
    double done = (double)(answered - before) * publications();
    busy = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - busy;
    drain();
    uint64_t missing = posted - answered, errors = wrong + refused + closed_early;
    printf("{\"mode\": \"api\", \"connections\": %d, \"batch\": %d, \"size\": %d, \"seconds\": %.3f, \"per_second\": %.1f"
           ", \"busy\": %.2f, \"p50_us\": %llu, \"p99_us\": %llu, \"missing\": %llu, \"surplus\": 0, \"errors\": %llu"
           ", \"wrong_message\": %llu, \"closed_early\": %llu, \"refused\": %llu}\n",
           count, publications(), size, took, done / took, (double)busy / 1e9 / took,
           (unsigned long long)latency_percentile(&latency, 0.50), (unsigned long long)latency_percentile(&latency, 0.99),
           (unsigned long long)missing, (unsigned long long)errors, (unsigned long long)wrong,
           (unsigned long long)closed_early, (unsigned long long)refused);
    return missing || errors;
}

static const struct option LONG_OPTIONS[] = {
    {"port", 1, 0, 'p'},    {"path", 1, 0, 'u'},   {"connections", 1, 0, 'c'}, {"size", 1, 0, 's'}, {"batch", 1, 0, 'b'},
    {"seconds", 1, 0, 't'}, {"warmup", 1, 0, 'm'}, {"key", 1, 0, 'k'},         {"channel", 1, 0, 'C'}, {0, 0, 0, 0},
};

static void read_options(int words, char **given)
{
    for (int letter; (letter = getopt_long(words, given, "", LONG_OPTIONS, 0)) != -1;)
        switch (letter) {
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 'c': count = atoi(optarg); break;
        case 's': size = atoi(optarg); break;
        case 'b': batch = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'm': warmup = atof(optarg); break;
        case 'k': key = optarg; break;
        case 'C': channel = optarg; break;
        default: exit(2);
        }
    if (port <= 0 || count <= 0 || count > MAX_CONNECTIONS || size <= 0 || size > 1024 || batch < 0 || batch > MAX_BATCH ||
        seconds <= 0 || strlen(path) + strlen(key) > 400 || strlen(channel) > 200) {
        fprintf(stderr, "usage: api --port PORT --path PATH [--connections N --batch B --size BYTES --key KEY --channel C"
                        " --seconds S --warmup S]\n");
        exit(2);
    }
}

int main(int words, char **given)
{
    read_options(words, given);
    poller = epoll_create1(0);
    connections = calloc((size_t)count, sizeof *connections);
    if (poller < 0 || !connections)
        die("beginning");
    make_request();
    return run();
}
