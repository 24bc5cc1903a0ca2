/* floor: the least that a WebSocket server can do, for comparison: one thread, one epoll, one send() a frame.
 *
 *   floor --port P      /echo answers each text or binary message, /chat tells each to everyone on /chat,
 *                       /dashboard tells by itself, twice a second
 *
 * No limits, no time-outs, no fragments, no UTF-8 check, no joined writes: it is a floor, not an example. */
#define _GNU_SOURCE
#include "sha1.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { READ_BUFFER = 64 * 1024, MAX_EVENTS = 512, MAX_CLIENTS = 65536 };
enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { SAMPLE = 115, TIME_DIGITS = 11, NUMBER_DIGITS = 4, NS = 1000000000, EVERY = NS / 2 };

struct bytes {
    uint8_t *data;
    size_t length, capacity;
};

struct client {
    int fd, seat; /* seat: its place in `listeners`, or -1 */
    bool upgraded;
    struct bytes unread; /* a head or frame that is not whole yet */
    struct bytes unsent; /* what the kernel did not take */
}; /* both buffers are only allocated when first needed, and then kept */

static struct client *listeners[MAX_CLIENTS];
static int listener_count, poller;

static void append(struct bytes *bytes, const uint8_t *data, size_t count)
{
    if (bytes->length + count > bytes->capacity) {
        bytes->capacity = (bytes->length + count) * 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
    }
    memcpy(bytes->data + bytes->length, data, count);
    bytes->length += count;
}

static void drop_front(struct bytes *bytes, size_t count)
{
    bytes->length -= count;
    memmove(bytes->data, bytes->data + count, bytes->length);
}

static void watch(struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(poller, operation, client->fd, &event);
}

/* Marks it dead; the memory goes when its own event has been served. */
static void hang_up(struct client *client)
{
    if (client->fd < 0)
        return;
    close(client->fd);
    client->fd = -1;
    if (client->seat < 0)
        return;
    listeners[client->seat] = listeners[--listener_count];
    listeners[client->seat]->seat = client->seat;
    client->seat = -1;
}

static void send_bytes(struct client *client, const uint8_t *data, size_t count)
{
    ssize_t sent = client->unsent.length ? 0 : send(client->fd, data, count, MSG_NOSIGNAL);
    if (sent == (ssize_t)count)
        return;
    if (sent < 0 && errno != EAGAIN)
        return; /* its reading side will notice */
    sent = sent < 0 ? 0 : sent;
    append(&client->unsent, data + sent, count - (size_t)sent);
    watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void send_rest(struct client *client)
{
    ssize_t sent = send(client->fd, client->unsent.data, client->unsent.length, MSG_NOSIGNAL);
    if (sent > 0)
        drop_front(&client->unsent, (size_t)sent);
    if (!client->unsent.length)
        watch(client, EPOLL_CTL_MOD, EPOLLIN);
}

/* ------------------------------------------------------------------ handshake */

static void answer_upgrade(struct client *client, const char *key)
{
    char text[64], accept[29], response[192];
    uint8_t digest[20];
    int length = snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, (size_t)length, digest);
    base64(digest, accept);
    length = snprintf(response, sizeof response,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    send_bytes(client, (uint8_t *)response, (size_t)length);
}

/* Returns the length of the request's head, or 0 when it is not whole. */
static size_t read_head(struct client *client, uint8_t *data, size_t count)
{
    static const char KEY[] = "sec-websocket-key: ";
    uint8_t *end = memmem(data, count, "\r\n\r\n", 4);
    if (!end)
        return 0;
    *end = 0;
    char *key = strcasestr((char *)data, KEY);
    if (!key || strlen(key) < sizeof KEY + 23) {
        hang_up(client);
        return count;
    }
    client->upgraded = true;
    bool listens = !strncmp((char *)data, "GET /chat", 9) || !strncmp((char *)data, "GET /dashboard", 14);
    if (listens && listener_count < MAX_CLIENTS) {
        client->seat = listener_count;
        listeners[listener_count++] = client;
    }
    answer_upgrade(client, key + sizeof KEY - 1);
    return (size_t)(end + 4 - data);
}

/* ------------------------------------------------------------------ frames */

/* The server's header is at least four bytes shorter than the client's: it is written in place, before the payload. */
static uint8_t *write_header(uint8_t *payload, uint8_t opcode, uint64_t length)
{
    unsigned extra = length < 126 ? 0 : length < 65536 ? 2 : 8;
    uint8_t *at = payload - 2 - extra;
    at[0] = 0x80 | opcode;
    at[1] = (uint8_t)(extra == 0 ? length : extra == 2 ? 126 : 127);
    for (unsigned i = 0; i < extra; i++)
        at[2 + i] = (uint8_t)(length >> (8 * (extra - 1 - i)));
    return at;
}

static void serve_frame(struct client *client, uint8_t opcode, uint8_t *payload, uint64_t length)
{
    uint8_t answer = opcode == OP_PING ? OP_PONG : opcode;
    uint8_t *frame = write_header(payload, answer, length);
    size_t count = (size_t)(payload + length - frame);
    bool everyone = client->seat >= 0 && opcode <= OP_BINARY;
    for (int i = listener_count; everyone && i--;)
        send_bytes(listeners[i], frame, count);
    if (!everyone && opcode != OP_PONG)
        send_bytes(client, frame, count);
    if (opcode == OP_CLOSE)
        hang_up(client);
}

/* Eight bytes at a step: a byte at a time would cost more than all the rest at 64 KiB. */
static void unmask(uint8_t *payload, uint64_t length, const uint8_t *mask)
{
    uint8_t key[8];
    uint64_t wide_key, word, at = 0;
    memcpy(key, mask, 4);
    memcpy(key + 4, mask, 4);
    memcpy(&wide_key, key, 8);
    for (; at + 8 <= length; at += 8) {
        memcpy(&word, payload + at, 8);
        word ^= wide_key;
        memcpy(payload + at, &word, 8);
    }
    for (; at < length; at++)
        payload[at] ^= key[at & 7];
}

/* Returns the length of the frame, or 0 when it is not whole. */
static size_t read_frame(struct client *client, uint8_t *data, size_t count)
{
    unsigned size = count < 2 ? 0 : (data[1] & 127) < 126 ? 2 : (data[1] & 127) == 126 ? 4 : 10;
    if (!size || count < size + 4)
        return 0;
    uint64_t length = size == 2 ? data[1] & 127 : 0;
    for (unsigned i = 2; i < size; i++)
        length = length << 8 | data[i];
    if (count - size - 4 < length)
        return 0;
    unmask(data + size + 4, length, data + size);
    serve_frame(client, data[0] & 15, data + size + 4, length);
    return size + 4 + length;
}

/* ------------------------------------------------------------------ the dashboard */

static struct timespec due;

static int start_ticking(void)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    clock_gettime(CLOCK_MONOTONIC, &due);
    struct itimerspec times = {.it_interval = {.tv_nsec = EVERY}, .it_value = due};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &times, 0);
    return timer;
}

/* Six bits a character, the lowest first, as the load generator reads them. */
static void write_digits(uint8_t *out, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, value >>= 6)
        out[i] = (uint8_t)('0' + (value & 63));
}

/* When it was due, which it is, and as many bytes as the dashboard of the examples has. */
static void tell_sample(int timer)
{
    static uint64_t number;
    static uint8_t frame[10 + SAMPLE];
    uint64_t expired;
    uint8_t *payload = frame + 10;
    if (read(timer, &expired, sizeof expired) != sizeof expired)
        return;
    memset(payload, 'x', SAMPLE);
    write_digits(payload, (uint64_t)due.tv_sec * NS + (uint64_t)due.tv_nsec + number * EVERY, TIME_DIGITS);
    write_digits(payload + TIME_DIGITS, ++number, NUMBER_DIGITS);
    uint8_t *at = write_header(payload, OP_TEXT, SAMPLE);
    for (int i = listener_count; i--;)
        send_bytes(listeners[i], at, (size_t)(payload + SAMPLE - at));
}

/* ------------------------------------------------------------------ the loop */

/* Serves every whole piece; returns how many bytes were used up. */
static size_t serve_bytes(struct client *client, uint8_t *data, size_t count)
{
    size_t used = 0, step = 1;
    while (step && used < count && client->fd >= 0) {
        step = client->upgraded ? read_frame(client, data + used, count - used)
                                : read_head(client, data + used, count - used);
        used += step;
    }
    return used;
}

static void read_ready(struct client *client)
{
    static uint8_t buffer[READ_BUFFER];
    ssize_t count = recv(client->fd, buffer, sizeof buffer, 0);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN)
            hang_up(client);
        return;
    }
    if (client->unread.length) {
        append(&client->unread, buffer, (size_t)count);
        drop_front(&client->unread, serve_bytes(client, client->unread.data, client->unread.length));
        return;
    }
    size_t used = serve_bytes(client, buffer, (size_t)count);
    if (used < (size_t)count)
        append(&client->unread, buffer + used, (size_t)count - used);
}

static void accept_all(int listener)
{
    for (int fd, on = 1; (fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
        struct client *client = calloc(1, sizeof *client);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client->fd = fd;
        client->seat = -1;
        watch(client, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void serve_event(const struct epoll_event *event)
{
    struct client *client = event->data.ptr;
    if (event->events & EPOLLOUT)
        send_rest(client);
    if (event->events & ~(uint32_t)EPOLLOUT)
        read_ready(client);
    if (client->fd >= 0)
        return;
    free(client->unread.data);
    free(client->unsent.data);
    free(client);
}

static int listen_on(int port)
{
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("floor");
        exit(1);
    }
    return listener;
}

int main(int count, char **words)
{
    struct rlimit files;
    struct epoll_event events[MAX_EVENTS], door = {.events = EPOLLIN, .data.ptr = 0};
    struct epoll_event clock = {.events = EPOLLIN, .data.ptr = &due};
    if (count != 3 || strcmp(words[1], "--port")) {
        fprintf(stderr, "usage: floor --port PORT\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_on(atoi(words[2]));
    poller = epoll_create1(0);
    int timer = start_ticking();
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &door);
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &clock);
    for (;;) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.ptr == &due)
                tell_sample(timer);
            else if (events[i].data.ptr)
                serve_event(&events[i]);
            else
                accept_all(listener);
    }
}
