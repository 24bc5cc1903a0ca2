/* Connections and the loop: see client.h. */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BUFFER = 64 * 1024, MAX_EVENTS = 512, MAX_OPENING = 64 };
static const double SETUP_SECONDS = 60, STALL_SECONDS = 2, SURPLUS_SECONDS = 0.1;
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

struct counted counted;
struct latency latency;
struct connection *connections;
const struct mode *mode;
bool measuring, sending;
uint64_t now;

static struct frame_template template;
static struct sockaddr_in server;
static int poller;

uint64_t clock_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void watch(struct connection *connection, int operation, bool writable)
{
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = connection};
    if (epoll_ctl(poller, operation, connection->fd, &event) < 0)
        die("epoll_ctl");
    connection->awaits_writable = writable;
}

void end_connection(struct connection *connection)
{
    if (connection->stage == OPEN)
        counted.open--;
    close(connection->fd);
    connection->stage = CLOSED;
}

void fail(struct connection *connection, enum fault fault)
{
    counted.faults[fault]++;
    end_connection(connection);
}

/* Loopback is a whole network: several source addresses keep `connect` from running out of ports in TIME_WAIT. */
static void bind_source(int fd, uint32_t index)
{
    int on = 1;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % (uint32_t)options.sources);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
        die("bind");
}

void open_connection(struct connection *connection)
{
    int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection->fd < 0)
        die("socket");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options.sources > 1)
        bind_source(connection->fd, connection->tag);
    connection->stage = CONNECTING;
    connection->in_flight = 0;
    connection->head_length = connection->terminator = 0;
    connection->reader = (struct frame_reader){.may_compress = options.deflate};
    connection->out.start = connection->out.end = 0;
    connection->member = (struct member){.line = connection->member.line};
    connection->member.line.end = 0;
    if (connect(connection->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        fail(connection, NOT_CONNECTED);
    else
        watch(connection, EPOLL_CTL_ADD, true);
}

/* ------------------------------------------------------------------ sending */

uint8_t *reserve(struct outbox *out, uint64_t count)
{
    if (out->end + count > out->capacity) {
        out->capacity = (out->end + count) * 2;
        out->bytes = realloc(out->bytes, out->capacity);
        if (!out->bytes)
            die("realloc");
    }
    out->end += count;
    return out->bytes + out->end - count;
}

void flush(struct connection *connection)
{
    struct outbox *out = &connection->out;
    while (out->start < out->end) {
        ssize_t sent = send(connection->fd, out->bytes + out->start, out->end - out->start, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            fail(connection, CLOSED_EARLY);
            return;
        }
        if (sent < 0) {
            if (!connection->awaits_writable)
                watch(connection, EPOLL_CTL_MOD, true);
            return;
        }
        out->start += (uint64_t)sent;
    }
    out->start = out->end = 0;
    if (connection->awaits_writable)
        watch(connection, EPOLL_CTL_MOD, false);
}

void queue_message(struct connection *connection, uint64_t time)
{
    uint8_t *frame = reserve(&connection->out, template.length);
    memcpy(frame, template.bytes, template.length);
    stamp_payload(frame + template.header, time, connection->tag);
    connection->in_flight++;
    connection->sent++;
    counted.sent++;
    counted.expected += mode->everyone ? (uint64_t)options.connections : 1;
}

void queue_text(struct connection *connection, const char *text, uint64_t length)
{
    uint8_t header[MAX_HEADER];
    unsigned size = write_header(header, OP_TEXT, length);
    uint8_t *frame = reserve(&connection->out, size + length);
    memcpy(frame, header, size);
    memcpy(frame + size, text, length);
    apply_mask(frame + size, 0, length);
}

static void answer_ping(struct connection *connection)
{
    uint64_t length = connection->reader.payload_length;
    uint8_t frame[MAX_HEADER + MAX_CONTROL];
    unsigned header = write_header(frame, OP_PONG, length);
    memcpy(frame + header, connection->reader.control, length);
    apply_mask(frame + header, 0, length);
    memcpy(reserve(&connection->out, header + length), frame, header + length);
    flush(connection);
}

static const char OFFER[] = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n";

static void ask_to_upgrade(struct connection *connection)
{
    char request[1024];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                          options.path, options.host, options.port, options.deflate ? OFFER : "");
    memcpy(reserve(&connection->out, (uint64_t)length), request, (size_t)length);
    connection->stage = UPGRADING;
    flush(connection);
}

/* ------------------------------------------------------------------ receiving */

/* Passes over the response's head, wherever it is cut; true once its blank line was read. */
static bool read_head(struct connection *connection, const uint8_t **at, const uint8_t *end)
{
    static const char BLANK_LINE[] = "\r\n\r\n";
    while (*at < end) {
        uint8_t byte = *(*at)++;
        if (connection->head_length < sizeof connection->status)
            connection->status[connection->head_length] = byte;
        connection->head_length++;
        bool matches = byte == BLANK_LINE[connection->terminator];
        connection->terminator = matches ? connection->terminator + 1 : byte == '\r';
        if (connection->terminator == 4)
            return true;
    }
    return false;
}

void has_opened(struct connection *connection)
{
    connection->stage = OPEN;
    counted.open++;
    if (mode->opened)
        mode->opened(connection);
}

static void read_upgrade(struct connection *connection, const uint8_t **at, const uint8_t *end)
{
    if (!read_head(connection, at, end))
        return;
    if (memcmp(connection->status, "HTTP/1.1 101", sizeof connection->status) != 0) {
        fail(connection, NOT_UPGRADED);
        return;
    }
    if (!mode->joining) {
        has_opened(connection);
        return;
    }
    connection->stage = JOINING;
    mode->joining(connection);
}

static bool has_right_length(const struct frame_reader *reader)
{
    if (mode->pushed)
        return reader->message_length >= PREFIX;
    return reader->compressed ? reader->message_length < options.size : reader->message_length == options.size;
}

/* Is it a text of the right length? Counts it either way: a wrong message is an error, not a missing one. One that is
 * compressed is not inflated: it must be shorter than what was sent, and cannot say when that was. */
static void take_message(struct connection *connection)
{
    struct frame_reader *reader = &connection->reader;
    uint64_t sent_at = read_digits(reader->prefix, STAMP);
    counted.received++;
    connection->received++;
    if (!has_right_length(reader))
        counted.faults[WRONG_LENGTH]++;
    else if (measuring && !reader->compressed)
        latency_record(&latency, now > sent_at ? (now - sent_at) / 1000 : 0);
    if (mode->message)
        mode->message(connection);
    reader->message_length = 0;
}

static void take_control(struct connection *connection)
{
    if (connection->reader.opcode == OP_PING)
        answer_ping(connection);
    else if (connection->reader.opcode == OP_CLOSE)
        fail(connection, CLOSED_EARLY);
}

static bool is_upgraded(const struct connection *connection)
{
    return connection->stage == JOINING || connection->stage == OPEN;
}

/* A message that is looked at as its pieces come; they are the mode's. */
static void take_piece(struct connection *connection, bool last)
{
    struct frame_reader *reader = &connection->reader;
    mode->text(connection, reader->piece, reader->piece_length, last);
    if (last)
        reader->message_length = 0;
}

static void read_frames(struct connection *connection, const uint8_t *at, const uint8_t *end)
{
    int messages = 0;
    while (is_upgraded(connection) && at < end) {
        enum reading reading = read_frame(&connection->reader, &at, end);
        if (mode->text && (reading == GOT_MESSAGE || connection->reader.piece_length)) {
            take_piece(connection, reading == GOT_MESSAGE);
            messages++;
        } else if (reading == BROKEN)
            fail(connection, ILLEGAL_FRAME);
        else if (reading == GOT_CONTROL)
            take_control(connection);
        else if (reading == GOT_MESSAGE) {
            take_message(connection);
            messages++;
        }
    }
    if (messages && connection->stage == OPEN && mode->batch)
        mode->batch(connection);
}

static void read_ready(struct connection *connection)
{
    static uint8_t buffer[READ_BUFFER];
    ssize_t count = recv(connection->fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        fail(connection, is_upgraded(connection) ? CLOSED_EARLY : NOT_UPGRADED);
        return;
    }
    const uint8_t *at = buffer, *end = buffer + count;
    if (connection->stage == UPGRADING)
        read_upgrade(connection, &at, end);
    read_frames(connection, at, end);
}

static void connect_ready(struct connection *connection)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error)
        fail(connection, NOT_CONNECTED);
    else
        ask_to_upgrade(connection);
}

/* ------------------------------------------------------------------ the loop */

static void dispatch(const struct epoll_event *event)
{
    struct connection *connection = event->data.ptr;
    if (connection->stage == CONNECTING) {
        connect_ready(connection);
        return;
    }
    if (event->events & EPOLLOUT)
        flush(connection);
    if (event->events & ~(uint32_t)EPOLLOUT && connection->stage != CLOSED)
        read_ready(connection);
}

static void turn(void)
{
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(poller, events, MAX_EVENTS, mode->spins && sending ? 0 : 10);
    now = clock_ns();
    for (int i = 0; i < count; i++)
        dispatch(&events[i]);
    if (mode->tick && sending)
        mode->tick();
}

void turn_for(double seconds)
{
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    while (clock_ns() < end)
        turn();
}

/* Until all that was sent has come back, or nothing more comes; then a little longer, for what comes once too often. */
void drain(void)
{
    uint64_t seen = counted.received, last_change = clock_ns();
    while (counted.received < counted.expected && clock_ns() - last_change < (uint64_t)(STALL_SECONDS * 1e9)) {
        turn();
        if (counted.received != seen) {
            seen = counted.received;
            last_change = now;
        }
    }
    turn_for(SURPLUS_SECONDS);
}

uint64_t count_faults(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < FAULTS; i++)
        sum += counted.faults[i];
    return sum;
}

/* Opens all connections, a few at a time; true when every one was upgraded. */
bool open_all(void)
{
    uint64_t end = clock_ns() + (uint64_t)(SETUP_SECONDS * 1e9);
    int started = 0;
    while (counted.open < options.connections && clock_ns() < end && !count_faults()) {
        while (started < options.connections && started - counted.open < MAX_OPENING)
            open_connection(&connections[started++]);
        turn();
    }
    if (counted.open < options.connections && !count_faults())
        counted.faults[NOT_UPGRADED] += (uint64_t)(options.connections - counted.open);
    return counted.open == options.connections;
}

/* ------------------------------------------------------------------ beginning */

static void allow_many_files(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

void prepare_client(void)
{
    allow_many_files();
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)options.port);
    if (inet_pton(AF_INET, options.host, &server.sin_addr) != 1)
        die("--host takes an IPv4 address");
    poller = epoll_create1(0);
    template = make_template(options.size, options.deflate);
    connections = calloc((size_t)options.connections, sizeof *connections);
    for (int i = 0; i < options.connections; i++)
        connections[i].tag = (uint32_t)i;
}
