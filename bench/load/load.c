/* load: a WebSocket load generator on one thread and one epoll, ignorant of what serves.
 *
 *   load echo    --port P --path /echo  --connections N --size B --depth D     D messages in flight a connection
 *   load rate    --port P --path /echo  --connections N --size B --rate R      R messages a second in all, open loop
 *   load fanout  --port P --path /chat  --connections N --publishers K --window W
 *                                       every text that a publisher sends must come back to every connection
 *   load connect --port P --path /echo  --connections N                        N at a time: open, upgrade, close
 *   load idle    --port P --path /echo  --connections N --pid SERVER           memory of SERVER and its children
 *
 * Everything received is checked (legal frames, lengths, whose message it is) and counted; what was sent in the run
 * and never came back is `missing`. Prints one JSON line; the exit status is 0 when there was no error.
 * Here live the connections, the modes and the loop; frames, histogram and /proc have a header each. */
#define _GNU_SOURCE
#include "frames.h"
#include "latency.h"
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { READ_BUFFER = 64 * 1024, MAX_EVENTS = 512, MAX_OPENING = 64 };
static const double SETUP_SECONDS = 60, SETTLE_SECONDS = 0.3, STALL_SECONDS = 2, IDLE_SETTLE_SECONDS = 1;
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* ------------------------------------------------------------------ what is asked for, what is counted */

static struct {
    const char *mode, *host, *path;
    int port, connections, publishers, window, depth, sources, pid;
    uint64_t size;
    double seconds, warmup, rate;
} options = {.host = "127.0.0.1", .path = "/", .connections = 100, .publishers = 1, .window = 1, .depth = 1,
             .sources = 1, .size = 64, .seconds = 3, .warmup = 0.5, .rate = 20000};

enum fault { NOT_CONNECTED, NOT_UPGRADED, CLOSED_EARLY, ILLEGAL_FRAME, WRONG_LENGTH, WRONG_MESSAGE, FAULTS };
static const char *const FAULT_NAMES[FAULTS] = {"not_connected", "not_upgraded", "closed_early",
                                                "illegal_frame", "wrong_length", "wrong_message"};

static struct {
    uint64_t faults[FAULTS];
    uint64_t received; /* messages; in `connect`, whole handshakes */
    uint64_t expected; /* messages that must come back, all connections together */
    int open;
} counted;

static struct latency latency;
static bool measuring; /* between warm-up and end: only then are latencies recorded */
static bool sending;   /* off while the last messages drain */

/* ------------------------------------------------------------------ connections */

enum stage { UNUSED, CONNECTING, UPGRADING, OPEN, CLOSED };

struct outbox {
    uint8_t *bytes;
    uint64_t start, end, capacity;
};

struct connection {
    int fd;
    uint32_t tag; /* its index: the sender's name inside a payload */
    enum stage stage;
    bool awaits_writable;
    int in_flight; /* own messages not yet seen again */
    uint8_t status[12];
    unsigned head_length, terminator; /* of the upgrade's response: bytes read, bytes of the blank line matched */
    struct frame_reader reader;
    struct outbox out;
};

static struct connection *connections;
static struct frame_template template;
static struct sockaddr_in server;
static int poller;
static uint64_t now; /* ns; read once a wake-up, which is when the bytes it brings are counted as arrived */

/* What a mode does; a missing function means that there is nothing to do. */
struct mode {
    const char *name;
    void (*opened)(struct connection *);
    void (*begin)(struct connection *);
    void (*message)(struct connection *);
    void (*batch)(struct connection *, int messages); /* after everything of one read */
    void (*tick)(void);
    void (*run)(void);
};
static const struct mode *mode;

static uint64_t clock_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void die(const char *what)
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

static void end_connection(struct connection *connection)
{
    if (connection->stage == OPEN)
        counted.open--;
    close(connection->fd);
    connection->stage = CLOSED;
}

static void fail(struct connection *connection, enum fault fault)
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

static void open_connection(struct connection *connection)
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
    connection->reader = (struct frame_reader){0};
    connection->out.start = connection->out.end = 0;
    if (connect(connection->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        fail(connection, NOT_CONNECTED);
    else
        watch(connection, EPOLL_CTL_ADD, true);
}

/* ------------------------------------------------------------------ sending */

static uint8_t *reserve(struct outbox *out, uint64_t count)
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

static void flush(struct connection *connection)
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

static void queue_message(struct connection *connection, uint64_t time)
{
    uint8_t *frame = reserve(&connection->out, template.length);
    memcpy(frame, template.bytes, template.length);
    stamp_payload(frame + template.header, time, connection->tag);
    connection->in_flight++;
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

static void ask_to_upgrade(struct connection *connection)
{
    char request[1024];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          options.path, options.host, options.port);
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

static void read_upgrade(struct connection *connection, const uint8_t **at, const uint8_t *end)
{
    if (!read_head(connection, at, end))
        return;
    if (memcmp(connection->status, "HTTP/1.1 101", sizeof connection->status) != 0) {
        fail(connection, NOT_UPGRADED);
        return;
    }
    connection->stage = OPEN;
    counted.open++;
    if (mode->opened)
        mode->opened(connection);
}

/* Is it a text of the right length? Counts it either way: a wrong message is an error, not a missing one. */
static void take_message(struct connection *connection)
{
    struct frame_reader *reader = &connection->reader;
    uint64_t sent_at = read_digits(reader->prefix, STAMP);
    counted.received++;
    if (reader->message_length != options.size)
        counted.faults[WRONG_LENGTH]++;
    else if (measuring)
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

static void read_frames(struct connection *connection, const uint8_t *at, const uint8_t *end)
{
    int messages = 0;
    while (connection->stage == OPEN && at < end) {
        enum reading reading = read_frame(&connection->reader, &at, end);
        if (reading == BROKEN)
            fail(connection, ILLEGAL_FRAME);
        else if (reading == GOT_CONTROL)
            take_control(connection);
        else if (reading == GOT_MESSAGE) {
            take_message(connection);
            messages++;
        }
    }
    if (messages && connection->stage == OPEN && mode->batch)
        mode->batch(connection, messages);
}

static void read_ready(struct connection *connection)
{
    static uint8_t buffer[READ_BUFFER];
    ssize_t count = recv(connection->fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        fail(connection, connection->stage == OPEN ? CLOSED_EARLY : NOT_UPGRADED);
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
    int count = epoll_wait(poller, events, MAX_EVENTS, mode->tick && sending ? 0 : 10);
    now = clock_ns();
    for (int i = 0; i < count; i++)
        dispatch(&events[i]);
    if (mode->tick && sending)
        mode->tick();
}

static void turn_for(double seconds)
{
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    while (clock_ns() < end)
        turn();
}

/* Until all that was sent has come back, or nothing more comes. */
static void drain(void)
{
    uint64_t seen = counted.received, last_change = clock_ns();
    while (counted.received < counted.expected && clock_ns() - last_change < (uint64_t)(STALL_SECONDS * 1e9)) {
        turn();
        if (counted.received != seen) {
            seen = counted.received;
            last_change = now;
        }
    }
}

static uint64_t faults(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < FAULTS; i++)
        sum += counted.faults[i];
    return sum;
}

/* Opens all connections, a few at a time; true when every one was upgraded. */
static bool open_all(void)
{
    uint64_t end = clock_ns() + (uint64_t)(SETUP_SECONDS * 1e9);
    int started = 0;
    while (counted.open < options.connections && clock_ns() < end && !faults()) {
        while (started < options.connections && started - counted.open < MAX_OPENING)
            open_connection(&connections[started++]);
        turn();
    }
    return counted.open == options.connections;
}

/* ------------------------------------------------------------------ the report */

static void print_field(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
}

static void report_begin(void)
{
    print_field("{\"mode\": \"%s\", \"connections\": %d, \"size\": %llu", mode->name, options.connections,
                (unsigned long long)options.size);
}

static int report_end(void)
{
    uint64_t missing = counted.expected > counted.received ? counted.expected - counted.received : 0;
    print_field(", \"missing\": %llu, \"errors\": %llu", (unsigned long long)missing, (unsigned long long)faults());
    for (int i = 0; i < FAULTS; i++)
        if (counted.faults[i])
            print_field(", \"%s\": %llu", FAULT_NAMES[i], (unsigned long long)counted.faults[i]);
    puts("}");
    return missing || faults() ? 1 : 0;
}

static void report_speed(double seconds, uint64_t messages)
{
    print_field(", \"seconds\": %.3f, \"per_second\": %.1f", seconds, (double)messages / seconds);
    if (latency.total)
        print_field(", \"p50_us\": %llu, \"p99_us\": %llu", (unsigned long long)latency_percentile(&latency, 0.50),
                    (unsigned long long)latency_percentile(&latency, 0.99));
}

/* Warm-up and measurement; prints the figures that all loads have. */
static void measure(void)
{
    turn_for(options.warmup);
    latency_reset(&latency);
    measuring = true;
    uint64_t before = counted.received, start = clock_ns();
    turn_for(options.seconds);
    measuring = false;
    report_speed((double)(clock_ns() - start) / 1e9, counted.received - before);
}

/* ------------------------------------------------------------------ echo and rate: what I send comes back to me */

static void take_echo(struct connection *connection)
{
    if (read_digits(connection->reader.prefix + STAMP, TAG) != connection->tag)
        counted.faults[WRONG_MESSAGE]++;
    connection->in_flight--;
}

static void fill_depth(struct connection *connection)
{
    for (; sending && connection->in_flight < options.depth; counted.expected++)
        queue_message(connection, now);
    flush(connection);
}

static void echo_batch(struct connection *connection, int messages)
{
    (void)messages;
    fill_depth(connection);
}

/* Sends what is due by now, in turn over the connections. The stamp is the time at which it was due, so that a
 * server which falls behind is charged for the wait. */
static void send_due(void)
{
    static uint64_t start, count;
    if (!start)
        start = now;
    while (now - start >= (uint64_t)((double)count * 1e9 / options.rate)) {
        struct connection *connection = &connections[count % (uint64_t)options.connections];
        uint64_t due = start + (uint64_t)((double)count++ * 1e9 / options.rate);
        if (connection->stage != OPEN)
            continue;
        queue_message(connection, due);
        counted.expected++;
        flush(connection);
    }
}

/* ------------------------------------------------------------------ fanout: what anyone sends comes to everyone */

static void take_update(struct connection *connection)
{
    uint64_t publisher = read_digits(connection->reader.prefix + STAMP, TAG);
    if (publisher >= (uint64_t)options.publishers)
        counted.faults[WRONG_MESSAGE]++;
    else if (publisher == connection->tag)
        connection->in_flight--;
}

static void fill_window(struct connection *connection)
{
    if (connection->tag >= (uint32_t)options.publishers)
        return;
    for (; sending && connection->in_flight < options.window; counted.expected += (uint64_t)options.connections)
        queue_message(connection, now);
    flush(connection);
}

static void fanout_batch(struct connection *connection, int messages)
{
    (void)messages;
    fill_window(connection);
}

static void run_messages(void)
{
    turn_for(SETTLE_SECONDS); /* a server may answer 101 a little before it has subscribed the newcomer */
    now = clock_ns();
    sending = true;
    for (int i = 0; mode->begin && i < options.connections; i++)
        mode->begin(&connections[i]);
    measure();
    sending = false;
    drain();
}

/* ------------------------------------------------------------------ connect: open, upgrade, close, again */

static void count_handshake(struct connection *connection)
{
    counted.received++;
    counted.expected++;
    end_connection(connection);
}

/* Every connection that ended, well or not, begins anew. */
static void reopen_ended(void)
{
    for (int i = 0; i < options.connections; i++)
        if (connections[i].stage == CLOSED || connections[i].stage == UNUSED)
            open_connection(&connections[i]);
}

static void run_connects(void)
{
    sending = true;
    measure();
}

/* ------------------------------------------------------------------ idle: what a silent connection costs */

static void run_idle(void)
{
    turn_for(IDLE_SETTLE_SECONDS + options.seconds);
}

/* ------------------------------------------------------------------ beginning and end */

static const struct mode MODES[] = {
    {.name = "echo", .begin = fill_depth, .message = take_echo, .batch = echo_batch, .run = run_messages},
    {.name = "rate", .message = take_echo, .tick = send_due, .run = run_messages},
    {.name = "fanout", .begin = fill_window, .message = take_update, .batch = fanout_batch, .run = run_messages},
    {.name = "connect", .opened = count_handshake, .tick = reopen_ended, .run = run_connects},
    {.name = "idle", .run = run_idle},
};

static const struct mode *find_mode(const char *name)
{
    for (unsigned i = 0; name && i < sizeof MODES / sizeof *MODES; i++)
        if (!strcmp(MODES[i].name, name))
            return &MODES[i];
    fprintf(stderr, "usage: load echo|rate|fanout|connect|idle --port PORT --path PATH [options: see load.c]\n");
    exit(2);
}

static const struct option LONG_OPTIONS[] = {
    {"host", 1, 0, 'h'},   {"port", 1, 0, 'p'},    {"path", 1, 0, 'u'},       {"connections", 1, 0, 'c'},
    {"size", 1, 0, 's'},   {"depth", 1, 0, 'd'},   {"publishers", 1, 0, 'k'}, {"window", 1, 0, 'w'},
    {"rate", 1, 0, 'r'},   {"seconds", 1, 0, 't'}, {"warmup", 1, 0, 'm'},     {"sources", 1, 0, 'n'},
    {"pid", 1, 0, 'P'},    {0, 0, 0, 0},
};

static void take_option(int letter, const char *value)
{
    switch (letter) {
    case 'h': options.host = value; break;
    case 'p': options.port = atoi(value); break;
    case 'u': options.path = value; break;
    case 'c': options.connections = atoi(value); break;
    case 's': options.size = strtoull(value, 0, 10); break;
    case 'd': options.depth = atoi(value); break;
    case 'k': options.publishers = atoi(value); break;
    case 'w': options.window = atoi(value); break;
    case 'r': options.rate = atof(value); break;
    case 't': options.seconds = atof(value); break;
    case 'm': options.warmup = atof(value); break;
    case 'n': options.sources = atoi(value); break;
    case 'P': options.pid = atoi(value); break;
    default: exit(2);
    }
}

static void read_options(int count, char **words)
{
    for (int letter; (letter = getopt_long(count, words, "", LONG_OPTIONS, 0)) != -1;)
        take_option(letter, optarg);
    mode = find_mode(optind < count ? words[optind] : 0);
    bool sane = options.port > 0 && options.connections > 0 && options.size >= PREFIX && options.seconds > 0 &&
                options.rate > 0 && options.sources > 0 && options.publishers <= options.connections;
    if (!sane) {
        fprintf(stderr, "load: --port is needed; a message has at least %d bytes; no more publishers than connections\n",
                PREFIX);
        exit(2);
    }
}

static void prepare(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)options.port);
    if (inet_pton(AF_INET, options.host, &server.sin_addr) != 1)
        die("--host takes an IPv4 address");
    poller = epoll_create1(0);
    template = make_template(options.size);
    connections = calloc((size_t)options.connections, sizeof *connections);
    for (int i = 0; i < options.connections; i++)
        connections[i].tag = (uint32_t)i;
}

int main(int count, char **words)
{
    read_options(count, words);
    prepare();
    long before = resident_kib(options.pid);
    report_begin();
    if (mode->run == run_connects || open_all())
        mode->run();
    if (options.pid)
        print_field(", \"kib_per_connection\": %.3f",
                    (double)(resident_kib(options.pid) - before) / options.connections);
    return report_end();
}
