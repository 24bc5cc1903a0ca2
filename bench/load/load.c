/* load: a WebSocket load generator on one thread and one epoll, ignorant of what serves.
 *
 *   load echo    --port P --path /echo  --connections N --size B --depth D     D messages in flight a connection
 *   load rate    --port P --path /echo  --connections N --size B --rate R      R messages a second in all, open loop
 *   load fanout  --port P --path /chat  --connections N --publishers K --window W
 *                                       every text that a publisher sends must come back to every connection
 *   load game    --port P --path /game  --connections N --rate R --pid SERVER
 *                                       R messages a second in all, unanswered; SERVER tells everyone by itself
 *   load dashboard --port P --path /dashboard --connections N --pid SERVER   the same, and nothing is sent
 *   load connect --port P --path /echo  --connections N                        N at a time: open, upgrade, close
 *   load idle    --port P --path /echo  --connections N --pid SERVER           memory of SERVER and its children
 *   load publish --port P --path /connection/websocket --channel C --connections N --publishers K --window W
 *                                       the client protocol in JSON: all are in C, and hear what is published there
 *   load join    --port P --path ...    --channel C --connections N --missed M N at a time: open, connect, subscribe and
 *                                       recover M publications, close
 *   load listen  --port P --path ...    --channel C --connections N --pid SERVER   memory, each with one subscription
 *
 * `fanout --deflate` offers compression and sends JSON; what comes compressed is counted, not inflated. Everything else
 * received is checked (legal frames, lengths, whose message it is) and counted; of what was sent, warm-up
 * included, `missing` never came back and `surplus` came too often. Prints one JSON line; the exit status is 0 when
 * nothing was wrong. Here live the options, the modes and the report; connections and loop in client.c, the
 * client protocol in channels.c; frames, histogram and /proc have a header each.
 * Build: cc -O2 -o load load.c client.c channels.c */
#define _GNU_SOURCE
#include "channels.h"
#include "client.h"
#include "memory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double SETTLE_SECONDS = 0.3, IDLE_SETTLE_SECONDS = 1;
static const double PUSHED_SETTLE_SECONDS = 30; /* until each has had its first heartbeat, which costs memory once */

struct options options = {.host = "127.0.0.1", .path = "/", .connections = 100, .publishers = 1, .window = 1,
                          .depth = 1, .sources = 1, .channel = "bench", .size = 64, .seconds = 3, .warmup = 0.5, .rate = 20000};

static const char *const FAULT_NAMES[FAULTS] = {"not_connected", "not_upgraded", "closed_early",
                                                "illegal_frame", "wrong_length", "wrong_message",
                                                "refused"};

/* ------------------------------------------------------------------ the report */

static void report_begin(void)
{
    printf("{\"mode\": \"%s\", \"connections\": %d, \"size\": %llu", mode->name, options.connections,
           (unsigned long long)options.size);
}

static uint64_t most_received(void)
{
    uint64_t most = 0;
    for (int i = 0; i < options.connections; i++)
        most = connections[i].received > most ? connections[i].received : most;
    return most;
}

/* What is pushed goes to all, and who had one less than another may have it on its way. */
static uint64_t due_of_pushed(uint64_t received, uint64_t most)
{
    return received + 1 < most ? most - 1 : received;
}

static uint64_t due_to(const struct connection *connection, uint64_t most)
{
    if (mode->pushed)
        return due_of_pushed(connection->received, most);
    return mode->everyone ? counted.sent : connection->sent;
}

/* Compared connection by connection: one's surplus must not hide another's loss. */
static uint64_t count_differences(int sign)
{
    uint64_t sum = 0, most = most_received();
    for (int i = 0; i < options.connections; i++) {
        int64_t difference = sign * (int64_t)(due_to(&connections[i], most) - connections[i].received);
        sum += difference > 0 ? (uint64_t)difference : 0;
    }
    return sum;
}

static int report_end(void)
{
    uint64_t missing = count_differences(1) + (mode->joining ? count_unacknowledged() : 0);
    uint64_t surplus = count_differences(-1), faults = count_faults();
    printf(", \"missing\": %llu, \"surplus\": %llu, \"errors\": %llu", (unsigned long long)missing,
           (unsigned long long)surplus, (unsigned long long)faults);
    for (int i = 0; i < FAULTS; i++)
        if (counted.faults[i])
            printf(", \"%s\": %llu", FAULT_NAMES[i], (unsigned long long)counted.faults[i]);
    puts("}");
    return missing || surplus || faults ? 1 : 0;
}

/* `busy` is our own share of a core: near 1, and it is the load generator that sets the speed. */
static void report_speed(double seconds, double busy, uint64_t messages)
{
    printf(", \"seconds\": %.3f, \"per_second\": %.1f, \"busy\": %.2f", seconds, (double)messages / seconds,
           busy / seconds);
    if (latency.total)
        printf(", \"p50_us\": %llu, \"p99_us\": %llu", (unsigned long long)latency_percentile(&latency, 0.50),
               (unsigned long long)latency_percentile(&latency, 0.99));
}

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Warm-up and measurement; prints the figures that all loads have. */
static void measure(void)
{
    turn_for(options.warmup);
    latency_reset(&latency);
    measuring = true;
    uint64_t before = counted.received, start = clock_ns();
    double busy = cpu_seconds();
    turn_for(options.seconds);
    measuring = false;
    report_speed((double)(clock_ns() - start) / 1e9, cpu_seconds() - busy, counted.received - before);
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
    while (sending && connection->in_flight < options.depth)
        queue_message(connection, now);
    flush(connection);
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
        flush(connection);
    }
}

/* ------------------------------------------------------------------ fanout: what anyone sends comes to everyone */

static void take_update(struct connection *connection)
{
    uint64_t publisher = connection->reader.compressed ? 0 : read_digits(connection->reader.prefix + STAMP, TAG);
    if (publisher >= (uint64_t)options.publishers)
        counted.faults[WRONG_MESSAGE]++;
    else if (publisher == connection->tag)
        connection->in_flight--;
}

static void fill_window(struct connection *connection)
{
    if (connection->tag >= (uint32_t)options.publishers)
        return;
    while (sending && connection->in_flight < options.window)
        queue_message(connection, now);
    flush(connection);
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

/* ------------------------------------------------------------------ publish: the same, in a channel */

static void fill_publications(struct connection *connection)
{
    if (connection->tag >= (uint32_t)options.publishers)
        return;
    while (sending && connection->in_flight < options.window)
        queue_publication(connection);
    flush(connection);
}

/* ------------------------------------------------------------------ game and dashboard: the server tells by itself */

static void take_pushed(struct connection *connection)
{
    uint32_t number = (uint32_t)read_digits(connection->reader.prefix + STAMP, TAG);
    uint32_t next = (connection->number + 1) & ((1u << 6 * TAG) - 1);
    if (connection->received > 1 && number != next)
        counted.faults[WRONG_MESSAGE]++; /* one was left out, or came twice */
    connection->number = number;
}

static void run_pushed(void)
{
    sending = true;
    turn_for(PUSHED_SETTLE_SECONDS);
    for (int i = 0; i < options.connections; i++)
        connections[i].received = 0;
    long before = resident_kib(options.pid);
    measure();
    if (options.pid)
        printf(", \"growth_kib\": %ld", resident_kib(options.pid) - before);
}

/* ------------------------------------------------------------------ connect: open, upgrade, close, again */

static void count_handshake(struct connection *connection)
{
    counted.received++;
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

static void run_joins(void)
{
    if (options.missed)
        publish_what_will_be_missed();
    if (!count_faults())
        run_connects();
}

/* ------------------------------------------------------------------ idle: what a silent connection costs */

static void run_idle(void)
{
    turn_for(IDLE_SETTLE_SECONDS + options.seconds);
}

/* ------------------------------------------------------------------ beginning and end */

static const struct mode MODES[] = {
    {.name = "echo", .begin = fill_depth, .message = take_echo, .batch = fill_depth, .run = run_messages},
    {.name = "rate", .message = take_echo, .tick = send_due, .run = run_messages, .spins = true},
    {.name = "fanout", .begin = fill_window, .message = take_update, .batch = fill_window, .run = run_messages,
     .everyone = true},
    {.name = "game", .message = take_pushed, .tick = send_due, .run = run_pushed, .pushed = true,
     .spins = true},
    {.name = "dashboard", .message = take_pushed, .run = run_pushed, .pushed = true, .spins = true},
    {.name = "connect", .opened = count_handshake, .tick = reopen_ended, .run = run_connects},
    {.name = "idle", .run = run_idle},
    {.name = "publish", .joining = join_channel, .text = take_lines, .begin = fill_publications,
     .batch = fill_publications, .run = run_messages, .everyone = true},
    {.name = "join", .joining = join_channel, .text = take_lines, .opened = count_handshake, .tick = reopen_ended,
     .run = run_joins},
    {.name = "listen", .joining = join_channel, .text = take_lines, .run = run_idle},
};

static const struct mode *find_mode(const char *name)
{
    for (unsigned i = 0; name && i < sizeof MODES / sizeof *MODES; i++)
        if (!strcmp(MODES[i].name, name))
            return &MODES[i];
    fprintf(stderr, "usage: load MODE --port PORT --path PATH [options]; the modes and their options stand in load.c\n");
    exit(2);
}

static const struct option LONG_OPTIONS[] = {
    {"host", 1, 0, 'h'},   {"port", 1, 0, 'p'},    {"path", 1, 0, 'u'},       {"connections", 1, 0, 'c'},
    {"size", 1, 0, 's'},   {"depth", 1, 0, 'd'},   {"publishers", 1, 0, 'k'}, {"window", 1, 0, 'w'},
    {"rate", 1, 0, 'r'},   {"seconds", 1, 0, 't'}, {"warmup", 1, 0, 'm'},     {"sources", 1, 0, 'n'},
    {"pid", 1, 0, 'P'},    {"deflate", 0, 0, 'z'}, {"channel", 1, 0, 'C'},
    {"missed", 1, 0, 'M'}, {0, 0, 0, 0},
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
    case 'z': options.deflate = true; break;
    case 'C': options.channel = value; break;
    case 'M': options.missed = atoi(value); break;
    default: exit(2);
    }
}

static void read_options(int count, char **words)
{
    for (int letter; (letter = getopt_long(count, words, "", LONG_OPTIONS, 0)) != -1;)
        take_option(letter, optarg);
    mode = find_mode(optind < count ? words[optind] : 0);
    bool sane = options.port > 0 && options.connections > 0 && options.size >= PREFIX && options.seconds > 0 &&
                options.rate > 0 && options.sources > 0 && options.publishers <= options.connections &&
                options.size >= (mode->joining ? MIN_DATA : 0) && strlen(options.channel) < 256 &&
                !(options.deflate && (options.publishers > 1 || strcmp(mode->name, "fanout")));
    if (!sane) {
        fprintf(stderr, "load: --port is needed; a message has at least %d bytes; no more publishers than connections; "
                        "--deflate goes with a fanout of one publisher\n", PREFIX);
        exit(2);
    }
}

int main(int count, char **words)
{
    read_options(count, words);
    prepare_client();
    long before = resident_kib(options.pid);
    report_begin();
    if (mode->tick == reopen_ended || open_all())
        mode->run();
    if (options.pid)
        printf(", \"kib_per_connection\": %.3f", (double)(resident_kib(options.pid) - before) / options.connections);
    return report_end();
}
